/** The code that the system gives an error, as in `ENOENT`. */
export function systemCode(thrown: unknown): string | undefined {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  return typeof code === 'string' && /^E(?!RR_)[A-Z0-9_]+$/.test(code) ? code : undefined
}

/** What each code means to a person. A code itself is for programmers. */
const reasons: Readonly<Partial<Record<string, string>>> = {
  E2BIG: 'its arguments and environment are too long',
  EACCES: 'permission denied',
  EADDRINUSE: 'another program uses that port',
  EAI_AGAIN: 'the name server does not answer',
  EBADF: 'it is not open for that',
  EBUSY: 'another program uses it',
  ECONNABORTED: 'the connection was cut',
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'there is something else in its place',
  EFBIG: 'the file would grow larger than is allowed',
  EHOSTUNREACH: 'the network does not lead there',
  EIO: 'the disk or the terminal has a fault',
  EISDIR: 'it is a folder',
  ELOOP: 'its path has too many symbolic links',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'its name is too long',
  ENETUNREACH: 'the network does not lead there',
  ENFILE: 'too many files are open',
  ENODEV: 'there is no such device',
  ENOENT: 'it does not exist',
  ENOEXEC: 'it is not a program for this machine',
  ENOMEM: 'there is not enough memory',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'part of its path is not a folder',
  ENOTEMPTY: 'the folder is not empty',
  ENOTFOUND: 'no name server knows that host',
  ENXIO: 'there is no such device',
  EPERM: 'permission denied',
  EPIPE: 'the connection was cut',
  EROFS: 'the file system is read-only',
  ETIMEDOUT: 'no answer came in time',
  ETXTBSY: 'another program is writing it',
  EXDEV: 'the two places are on different disks',
}

/**
 * Why the system refused something, in words that fit behind a colon. Of a code that is not known here, the
 * words that the system has for it.
 */
export function systemReason(thrown: unknown): string {
  const words = thrown instanceof Error ? thrown.message : String(thrown)
  const code = systemCode(thrown)
  if (code === undefined) return systemWords(words)
  // Node writes `EPROTO: protocol error, read`.
  const own = /^E[A-Z0-9_]+: ([^,]+)/.exec(words)?.[1]
  return reasons[code] ?? own ?? `the system refuses it (${code})`
}

/**
 * The same of an error of which only the words are left, as libraries pass on: `connect ECONNREFUSED
 * 127.0.0.1:443`. Words that name no code of the system stay as they are.
 */
export function systemWords(words: string): string {
  const [, code = '', place] = /\b(E[A-Z0-9_]{3,})\b(?: (\S+))?/.exec(words) ?? []
  const reason = reasons[code]
  if (reason === undefined) return words
  if (place !== undefined && /\bconnect E/.test(words))
    return `no connection to ${place} (${reason})`
  if (place !== undefined && /\bgetaddrinfo E/.test(words))
    return `no address of ${place} (${reason})`
  return reason
}

const doing: Readonly<Partial<Record<string, string>>> = {
  connect: 'cannot connect to',
  getaddrinfo: 'cannot find the host',
  mkdir: 'cannot make',
  mkdtemp: 'cannot make',
  open: 'cannot open',
  read: 'cannot read',
  rename: 'cannot replace',
  rmdir: 'cannot remove',
  scandir: 'cannot read',
  spawn: 'cannot run',
  stat: 'cannot look at',
  lstat: 'cannot look at',
  unlink: 'cannot remove',
  write: 'cannot write',
}

/** A refusal of the system as a sentence: what it was about, which path or host, and why. */
export interface SystemRefusal {
  /** Of the network, whether a request may have left all the same. */
  readonly code: 'system-error' | 'no-answer' | 'provider-unreachable'
  readonly message: string
  readonly hint: string
}

/** For an error of the system that nobody has translated; undefined for any other error. */
export function systemRefusal(thrown: unknown): SystemRefusal | undefined {
  if (!(thrown instanceof Error) || systemCode(thrown) === undefined) return undefined
  const { syscall, path, hostname, address, port } = thrown as SystemFields
  if (typeof syscall !== 'string') return undefined
  const [call = ''] = syscall.split(' ')
  const place = path ?? hostname ?? (address && [address, port].filter(Boolean).join(':'))
  const what = [doing[call] ?? 'cannot use', ...(place ? [`\`${place}\``] : [])].join(' ')
  const isNetwork =
    path === undefined && (call === 'connect' || hostname !== undefined || isCut(thrown))
  return {
    code: isNetwork ? networkCode(thrown) : 'system-error',
    message: `${what}: ${systemReason(thrown)}`,
    hint: isNetwork
      ? 'check the network, and try again'
      : 'check the path and its permissions, and try again',
  }
}

function networkCode(thrown: unknown): SystemRefusal['code'] {
  return isCut(thrown) ? 'no-answer' : 'provider-unreachable'
}

function isCut(thrown: unknown): boolean {
  return ['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ETIMEDOUT'].includes(systemCode(thrown) ?? '')
}

interface SystemFields extends Error {
  readonly syscall?: unknown
  readonly path?: string
  readonly hostname?: string
  readonly address?: string
  readonly port?: number
}
