declare module 'fs-native-extensions' {
  const extensions: {
    /** Takes the operating system's exclusive lock on an open file, or returns false at once. */
    tryLock(fd: number): boolean
  }
  export default extensions
}
