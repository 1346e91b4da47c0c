import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { parseModel } from './csdl-model.ts'
import type { Model } from './csdl-model.ts'
import { checkAnswered, checkError } from './csdl-answer.ts'
import { checkSent } from './csdl-request.ts'
import { followPath, PathProblem } from './csdl-path.ts'
import type { Call } from './csdl-path.ts'
import { isUnlisted, splitUrl } from './exchange.ts'
import type { Checker, Unlisted } from './exchange.ts'
import { supplements } from './graph-facts.ts'

/** Reads the slices of the CSDL of Microsoft Graph, v1.0 and beta, and holds calls against them. */
export function loadCsdl(specs: string, unlisted: readonly Unlisted[] = []): Checker {
  const read = (version: keyof typeof supplements, file: string) =>
    parseModel(readFileSync(join(specs, 'graph', file), 'utf8'), supplements[version])
  const models = new Map([
    ['v1.0', read('v1.0', 'pim-slice.v1.0.csdl.xml')],
    ['beta', read('beta', 'pim-slice.beta-USNat.csdl.xml')],
  ])
  return {
    checkRequest: (request) => {
      if (isUnlisted(unlisted, request)) return []
      const call = understand(models, request)
      return typeof call === 'string' ? [call] : checkSent(call, request)
    },
    checkAnswer: (answer) => {
      if (isUnlisted(unlisted, answer)) return []
      // What nobody serves is answered with an error like any other.
      if (answer.status >= 400) return checkError(answer.body)
      const call = understand(models, answer)
      return typeof call === 'string' ? [call] : checkAnswered(call, answer)
    },
  }
}

function understand(
  models: ReadonlyMap<string, Model>,
  { method, url }: { method: string; url: string },
): Call | string {
  const { path, query } = splitUrl(url)
  const [, version = '', ...rest] = path.split('/')
  const model = models.get(version)
  if (model === undefined) return `unknown operation: ${path} has no known version`
  try {
    return { model, destination: followPath(model, rest.join('/')), method, query }
  } catch (error) {
    if (error instanceof PathProblem) return `unknown operation: ${error.message}`
    throw error
  }
}
