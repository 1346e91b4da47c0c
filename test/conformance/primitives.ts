/** Whether a text is a point in time as RFC 3339 writes it, and one that exists. */
export function isDateTime(text: string): boolean {
  const form = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(:\d\d(\.\d{1,12})?)?(Z|[+-]\d\d:\d\d)$/
  const [, date = ''] = form.exec(text) ?? []
  return isDate(date) && !Number.isNaN(Date.parse(text))
}

/** Whether a text is a day that the calendar has. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false
  const day = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)
}

/** Whether a text is a length of time as OData writes it: days and below, in capitals. */
export function isDuration(text: string): boolean {
  return /^-?P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$/.test(text)
}

/** Whether a text is a GUID. */
export function isGuid(text: string): boolean {
  return /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text)
}
