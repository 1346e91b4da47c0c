import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isContainer } from '../../../src/system/store/container.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const host = '25 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw'
const engine = '612 25 0:52 / /var/lib/docker/overlay2/ab/merged rw - overlay overlay rw,lowerdir=x'

/** A machine with these signs and no others. */
function signs({ files = [] as string[], groups = '0::/init.scope', mounts = host }) {
  const folder = temporaryFolder()
  const paths = files.map((name) => join(folder, name))
  for (const path of paths) writeFileSync(path, '')
  writeFileSync(join(folder, 'cgroup'), groups)
  writeFileSync(join(folder, 'mountinfo'), mounts)
  return {
    files: [...paths, join(folder, 'absent')],
    controlGroups: join(folder, 'cgroup'),
    mounts: join(folder, 'mountinfo'),
  }
}

test.each([
  ['the file of Docker or Podman', {}, { files: ['.dockerenv'] }],
  ['a service account of Kubernetes', { KUBERNETES_SERVICE_HOST: '10.0.0.1' }, {}],
  ['a variable of Podman or systemd-nspawn', { container: 'podman' }, {}],
  ['a control group', {}, { groups: '12:pids:/docker/0123abc\n0::/system.slice' }],
  ['a pod’s control group', {}, { groups: '0::/kubepods.slice/besteffort' }],
  ['a root in an image', {}, { mounts: '600 500 0:52 / / rw,relatime - overlay overlay rw' }],
  [
    'an engine’s hosts file',
    {},
    {
      mounts: `${host}\n7 2 8:1 /var/lib/docker/containers/ab/hosts /etc/hosts rw - ext4 /dev/sda1 rw`,
    },
  ],
])('a container shows by %s', (_, env, what) => {
  expect(isContainer(env, signs(what))).toBe(true)
})

test('a machine that only runs containers is none, nor is one that shows nothing', () => {
  expect(isContainer({}, signs({ mounts: `${host}\n${engine}` }))).toBe(false)
  expect(isContainer({ KUBERNETES_SERVICE_HOST: '', container: '' }, signs({}))).toBe(false)
  const nowhere = { files: [], controlGroups: '/nowhere/cgroup', mounts: '/nowhere/mountinfo' }
  expect(isContainer({}, nowhere)).toBe(false)
})
