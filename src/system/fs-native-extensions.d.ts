declare module 'fs-native-extensions' {
  interface FileLocks {
    /** Resolves at once: false where another open file holds the lock. */
    readonly tryLock: (descriptor: number) => boolean
    readonly unlock: (descriptor: number) => void
  }

  // CommonJS: the functions are sure to be found on the default export only.
  const locks: FileLocks
  export default locks
}
