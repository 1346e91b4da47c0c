import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chown, link, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { PimError } from '../../../src/core/errors.ts'
import { asAuditError } from '../../../src/system/audit/folder.ts'
import {
  root,
  folder,
  path,
  log,
  uid,
  requested,
  logWith,
  thrownBy,
  expectRefusal,
  useRoom,
} from './fixture.ts'

useRoom()

describe('a place that is not the log of this user is refused:', () => {
  test('a log that is a symbolic link', async () => {
    await mkdir(folder)
    await writeFile(join(root, 'precious'), 'precious')
    await symlink(join(root, 'precious'), path)
    await expectRefusal('audit-symlink', `${path} is a symbolic link`)
    expect(await thrownBy(log.records())).toMatchObject({ code: 'audit-symlink' })
    expect(await readFile(join(root, 'precious'), 'utf8')).toBe('precious')
  })

  test('a link that leads nowhere', async () => {
    await mkdir(folder)
    await symlink(join(root, 'nowhere'), path)
    await expectRefusal('audit-symlink', `${path} is a symbolic link`)
    expect(existsSync(join(root, 'nowhere'))).toBe(false)
  })

  test('a folder that is a symbolic link', async () => {
    await mkdir(join(root, 'elsewhere'))
    await symlink(join(root, 'elsewhere'), folder)
    await expectRefusal('audit-symlink', `${folder} is a symbolic link`)
    expect(await readdir(join(root, 'elsewhere'))).toEqual([])
  })

  test('a log with a second name', async () => {
    await log.append(requested)
    await link(path, join(root, 'second-name'))
    await expectRefusal('audit-foreign', 'has a second name')
  })

  test.skipIf(uid !== 0)('a log of another user', async () => {
    await log.append(requested)
    await chown(path, 1234, 1234)
    await expectRefusal('audit-foreign', `${path} belongs to user 1234, not to you (0)`)
  })

  test.skipIf(uid !== 0)('a folder of another user', async () => {
    await log.append(requested)
    await chown(folder, 1234, 1234)
    await expectRefusal('audit-foreign', `${folder} belongs to user 1234, not to you (0)`)
  })

  test('a folder where the log should be', async () => {
    await mkdir(path, { recursive: true })
    const error = await thrownBy(log.append(requested))
    expect(error).toMatchObject({ kind: 'audit', code: 'audit-unwritable' })
    expect(error.message).toContain(`the audit log ${path} cannot be written: it is a folder`)
  })

  test('a file where the folder should be', async () => {
    await writeFile(folder, '')
    const error = await thrownBy(log.append(requested))
    expect(error).toMatchObject({ kind: 'audit', code: 'audit-unwritable' })
    expect(error.message).toContain('something that is not a folder is in the place')
  })

  test('a path that leads through a file', async () => {
    await writeFile(folder, '')
    const error = await thrownBy(logWith({ folder: join(folder, 'deeper') }).append(requested))
    expect(error).toMatchObject({ kind: 'audit', code: 'audit-unwritable' })
    expect(error.message).toContain('part of its path is not a folder')
  })

  test.skipIf(uid === 0)('a folder that cannot be written to', async () => {
    await mkdir(folder, { mode: 0o500 })
    await expectRefusal('audit-unwritable', /permission denied/)
  })

  test('a lock that is a symbolic link', async () => {
    await mkdir(folder)
    await symlink(join(root, 'precious'), join(folder, 'audit.lock'))
    await expectRefusal('audit-unwritable', /cannot lock/)
  })
})

test.each([
  ['ENOSPC', 'written: the disk is full'],
  ['EROFS', 'written: the file system is read-only'],
  ['EDQUOT', 'written: the disk quota is used up'],
  ['EISDIR', 'locked: cannot lock audit.lock'],
])('a lock that cannot be made for %s is told as what it means for the log', (code, why) => {
  const cause = Object.assign(new Error('open'), { code })
  const locked = new PimError('unavailable', 'lock-unusable', 'cannot lock audit.lock', { cause })
  expect(asAuditError(locked, path, 'written')).toMatchObject({
    code: 'audit-unwritable',
    exitCode: 7,
    message: `the audit log ${path} cannot be ${why}`,
  })
})

test('a pipe in place of the log keeps nobody waiting', async () => {
  await mkdir(folder)
  execFileSync('mkfifo', [path])
  expect(await thrownBy(log.records())).toMatchObject({ code: 'audit-unreadable' })
  expect(await thrownBy(log.append(requested))).toMatchObject({ code: 'audit-unwritable' })
})
