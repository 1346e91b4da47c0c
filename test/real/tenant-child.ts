// A tenant in a process of its own, which remembers what happened in a file: node tenant-child.ts <folder>
import { join } from 'node:path'

import { startTenant } from '../../sandbox/microsoft/tenant.ts'

const [folder = ''] = process.argv.slice(2)
const tenant = await startTenant({
  folder: join(folder, 'tenant'),
  memory: join(folder, 'memory'),
  now: () => new Date(),
})
console.log(JSON.stringify({ environment: tenant.environment }))
