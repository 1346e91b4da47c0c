// Loaded before pim: the clock of this machine, as far off as `TEST_CLOCK_SECONDS` says.
const offset = Number(process.env['TEST_CLOCK_SECONDS'] ?? 0) * 1000
const RealDate = Date

globalThis.Date = class extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) super(RealDate.now() + offset)
    else super(...parts)
  }

  static now() {
    return RealDate.now() + offset
  }
}
