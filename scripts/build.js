// Bundles the source into dist/. rolldown's own command would list every file each time.
import { rolldown } from 'rolldown'
import config from '../rolldown.config.js'

const { output, ...input } = config
const bundle = await rolldown({ ...input, logLevel: 'silent' })
await bundle.write(output)
await bundle.close()
