import { hasCommands, requirePart } from './parts.ts'

/** Whether a real gnome-keyring can be had for a test. */
export const hasKeyring =
  process.platform === 'linux' &&
  requirePart('gnome-keyring', () =>
    hasCommands('gnome-keyring-daemon', 'dbus-run-session', 'dbus-send', 'secret-tool'),
  )

const isOnBus =
  'dbus-send --session --print-reply --dest=org.freedesktop.DBus / ' +
  'org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets | grep -q true'

/** Whoever asked before it is on the bus would have a second one started, which is locked. */
const onceOnBus = `for try in {1..500}; do ${isOnBus} && break; sleep 0.02; done`

/** Lines of bash that start a gnome-keyring whose default collection is open. */
export const unlock = `printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null; ${onceOnBus}`

/** Lines that start one which stays as it was left: locked, or without any collection. */
export const start = `gnome-keyring-daemon --start --components=secrets >/dev/null; ${onceOnBus}`
