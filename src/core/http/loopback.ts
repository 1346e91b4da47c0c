/** Whether a host, as a URL or a client names it, is this machine itself: what is sent there never leaves it. */
export function isLoopback(hostname: string): boolean {
  return ['localhost', '[::1]', '::1'].includes(hostname) || /^127(\.\d{1,3}){3}$/.test(hostname)
}
