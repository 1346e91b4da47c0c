/**
 * What the slices of the CSDL refer to and do not contain, as far as PIM has to do with it. Types
 * that only carry a name here are open: whatever else they say is not checked.
 */
const inBoth = `
  <EntityType Name="directoryObject" BaseType="graph.entity" OpenType="true" />
  <EntityType Name="user" BaseType="graph.directoryObject" OpenType="true">
    <Property Name="displayName" Type="Edm.String" />
    <Property Name="userPrincipalName" Type="Edm.String" />
    <NavigationProperty Name="ownedObjects" Type="Collection(graph.directoryObject)" />
  </EntityType>
  <EntityType Name="group" BaseType="graph.directoryObject" OpenType="true">
    <Property Name="displayName" Type="Edm.String" />
    <Property Name="description" Type="Edm.String" />
  </EntityType>
  <EntityType Name="administrativeUnit" BaseType="graph.directoryObject" OpenType="true">
    <Property Name="displayName" Type="Edm.String" />
  </EntityType>
  <EntityType Name="organization" BaseType="graph.directoryObject" OpenType="true">
    <Property Name="displayName" Type="Edm.String" />
    <Property Name="verifiedDomains" Type="Collection(graph.verifiedDomain)" Nullable="false" />
  </EntityType>
  <ComplexType Name="verifiedDomain">
    <Property Name="capabilities" Type="Edm.String" />
    <Property Name="isDefault" Type="Edm.Boolean" />
    <Property Name="isInitial" Type="Edm.Boolean" />
    <Property Name="name" Type="Edm.String" />
    <Property Name="type" Type="Edm.String" />
  </ComplexType>
  <EntityType Name="appScope" BaseType="graph.entity" OpenType="true">
    <Property Name="displayName" Type="Edm.String" />
  </EntityType>
  <Action Name="getByIds" IsBound="true">
    <Parameter Name="bindingParameter" Type="Collection(graph.directoryObject)" />
    <Parameter Name="ids" Type="Collection(Edm.String)" Nullable="false" />
    <Parameter Name="types" Type="Collection(Edm.String)" />
    <ReturnType Type="Collection(graph.directoryObject)" />
  </Action>
  <Action Name="checkMemberGroups" IsBound="true">
    <Parameter Name="bindingParameter" Type="graph.directoryObject" />
    <Parameter Name="groupIds" Type="Collection(Edm.String)" Nullable="false" />
    <ReturnType Type="Collection(Edm.String)" />
  </Action>
  <Action Name="getMemberGroups" IsBound="true">
    <Parameter Name="bindingParameter" Type="graph.directoryObject" />
    <Parameter Name="securityEnabledOnly" Type="Edm.Boolean" />
    <ReturnType Type="Collection(Edm.String)" />
  </Action>
  ${onOptions()}`

const approvalSettings = (stage: string) => `
  <ComplexType Name="approvalSettings">
    <Property Name="approvalMode" Type="Edm.String" />
    <Property Name="approvalStages" Type="Collection(graph.${stage})" />
    <Property Name="isApprovalRequired" Type="Edm.Boolean" />
    <Property Name="isApprovalRequiredForExtension" Type="Edm.Boolean" />
    <Property Name="isRequestorJustificationRequired" Type="Edm.Boolean" />
  </ComplexType>`

/** In v1.0 the stages of a policy have a type of their own, and approvers an id each by kind. */
const inStable = `
  ${approvalSettings('unifiedApprovalStage')}
  <ComplexType Name="unifiedApprovalStage">
    <Property Name="approvalStageTimeOutInDays" Type="Edm.Int32" />
    <Property Name="escalationApprovers" Type="Collection(graph.subjectSet)" />
    <Property Name="escalationTimeInMinutes" Type="Edm.Int32" />
    <Property Name="isApproverJustificationRequired" Type="Edm.Boolean" />
    <Property Name="isEscalationEnabled" Type="Edm.Boolean" />
    <Property Name="primaryApprovers" Type="Collection(graph.subjectSet)" />
  </ComplexType>
  <ComplexType Name="subjectSet" Abstract="true" />
  <ComplexType Name="singleUser" BaseType="graph.subjectSet">
    <Property Name="description" Type="Edm.String" />
    <Property Name="userId" Type="Edm.String" />
  </ComplexType>
  <ComplexType Name="groupMembers" BaseType="graph.subjectSet">
    <Property Name="description" Type="Edm.String" />
    <Property Name="groupId" Type="Edm.String" />
  </ComplexType>`

/** One CSDL schema for each version of Graph, to be read after its slice. */
export const supplements = {
  'v1.0': `<Schema>${inBoth}${inStable}</Schema>`,
  beta: `<Schema>${inBoth}${approvalSettings('approvalStage')}</Schema>`,
} as const

/** What `on` may say: of schedules and instances, of requests, of approvals. */
function onOptions(): string {
  const kinds = ['roleAssignment', 'roleEligibility', 'assignment', 'eligibility']
  const options: readonly [string, readonly string[]][] = [
    ...kinds.flatMap((kind): [string, readonly string[]][] => [
      [`${kind}Schedule`, ['principal']],
      [`${kind}ScheduleInstance`, ['principal']],
      [`${kind}ScheduleRequest`, ['principal', 'createdBy', 'approver']],
    ]),
    ['approval', ['target', 'createdBy', 'approver']],
  ]
  return options
    .map(([name, members]) => {
      const lines = members.map((member) => `<Member Name="${member}" />`)
      return `<EnumType Name="${name}FilterByCurrentUserOptions">${lines.join('')}</EnumType>`
    })
    .join('')
}

/** Where paths begin; the types above these are in no slice. */
export const roots: Readonly<Record<string, { name: string; isCollection: boolean }>> = {
  'roleManagement/directory': { name: 'rbacApplication', isCollection: false },
  'identityGovernance/privilegedAccess': { name: 'privilegedAccessRoot', isCollection: false },
  'policies/roleManagementPolicies': { name: 'unifiedRoleManagementPolicy', isCollection: true },
  'policies/roleManagementPolicyAssignments': {
    name: 'unifiedRoleManagementPolicyAssignment',
    isCollection: true,
  },
  'directory/administrativeUnits': { name: 'administrativeUnit', isCollection: true },
  directoryObjects: { name: 'directoryObject', isCollection: true },
  organization: { name: 'organization', isCollection: true },
  groups: { name: 'group', isCollection: true },
  users: { name: 'user', isCollection: true },
  me: { name: 'user', isCollection: false },
}

/** What can be created, and the names of which one at least has to be given. */
export const creatable: Readonly<Record<string, readonly (readonly string[])[]>> = {
  unifiedRoleAssignmentScheduleRequest: [
    ['action'],
    ['principalId'],
    ['roleDefinitionId'],
    ['directoryScopeId', 'appScopeId'],
  ],
  privilegedAccessGroupAssignmentScheduleRequest: [
    ['action'],
    ['principalId'],
    ['groupId'],
    ['accessId'],
  ],
}

/** What can be changed, and which of its properties: an approver's decision, and nothing else. */
export const changeable: Readonly<Record<string, readonly string[]>> = {
  approvalStage: ['reviewResult', 'justification'],
  approvalStep: ['reviewResult', 'justification'],
}

/** What the service sets of a request; nobody sends it. */
export const computed: Readonly<Record<string, readonly string[]>> = {
  request: ['id', 'status', 'createdBy', 'createdDateTime', 'completedDateTime', 'approvalId'],
}

/** Texts that are enumerations to the documentation and plain texts to the CSDL. */
export const decisions = ['Approve', 'Deny'] as const
