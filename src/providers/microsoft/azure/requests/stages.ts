import { readPages, type MicrosoftClient } from '../../http/client.ts'
import type { SeenStage } from '../../approvals/stage.ts'
import { readArmStages } from './approval-wire.ts'
import { authorizationPath } from '../arm.ts'

/** The one version that has approvals. */
const approvalsVersion = '2021-01-01-preview'

/** The path of the stages of an approval, or of one of them. */
export function stagesPath(approvalId: string, stageId?: string): string {
  const approval = `roleAssignmentApprovals/${encodeURIComponent(approvalId)}/stages`
  const what = stageId === undefined ? approval : `${approval}/${encodeURIComponent(stageId)}`
  return authorizationPath('/', what, { version: approvalsVersion })
}

/** The stages of an approval, in order. Throws as the client does. */
export async function readStages(
  approvalId: string,
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<readonly SeenStage[]> {
  const path = stagesPath(approvalId)
  return readArmStages(await readPages(client, { method: 'GET', path, signal }))
}
