import { existsSync, readFileSync } from 'node:fs'
import type { Environment } from './session-bus.ts'

/** Where a container is to be seen; a test names others. */
export interface ContainerSigns {
  readonly files: readonly string[]
  readonly controlGroups: string
  readonly mounts: string
}

const signs: ContainerSigns = {
  files: ['/.dockerenv', '/run/.containerenv'],
  controlGroups: '/proc/1/cgroup',
  mounts: '/proc/self/mountinfo',
}

const groupOfContainer = /\b(docker|kubepods|containerd|crio|libpod|lxc)\b/
/** The root of the file system lies in an image, or its hosts file is an engine's: see proc_pid_mountinfo(5). */
const mountOfContainer =
  /^(\S+ ){4}\/ .* - overlay |^(\S+ ){3}\S*\/(docker|containers|containerd|kubelet)\/\S* \/etc\/hosts /

/**
 * Whether this process runs in a container, whose kernel's keyring is the machine's: other containers of
 * the same user read it, and it outlives them. The signs are those of Docker, Podman, containerd, LXC,
 * systemd-nspawn and Kubernetes; none of them is certain.
 */
export function isContainer(env: Environment, where: ContainerSigns = signs): boolean {
  const { KUBERNETES_SERVICE_HOST, container } = env
  if ((KUBERNETES_SERVICE_HOST ?? '') !== '' || (container ?? '') !== '') return true
  if (where.files.some((path) => existsSync(path))) return true
  if (groupOfContainer.test(textOf(where.controlGroups))) return true
  return textOf(where.mounts)
    .split('\n')
    .some((line) => mountOfContainer.test(line))
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
