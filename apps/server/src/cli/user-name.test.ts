import { expect, it } from 'vitest'
import { userName } from './user-name.ts'

it('names who runs a command, by number where the machine has no name for them', () => {
  expect(userName(() => ({ username: 'ann' }))).toBe('ann')
  const nameless = () => {
    throw new Error('ENOENT: no such file or directory, uv_os_get_passwd')
  }
  expect(userName(nameless)).toBe(`uid ${process.getuid?.()}`)
})
