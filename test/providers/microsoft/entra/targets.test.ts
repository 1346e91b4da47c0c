import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  formatTarget,
  matchTarget,
  parseTargetText,
  type Target,
} from '../../../../src/core/target.ts'
import { groupTargets } from '../../../../src/providers/microsoft/entra/groups/group-targets.ts'
import {
  roleTargets,
  unitOf,
} from '../../../../src/providers/microsoft/entra/roles/role-targets.ts'
import type { Targets } from '../../../../src/providers/microsoft/entra/targets.ts'
import {
  readGroupInstance,
  readRoleInstance,
} from '../../../../src/providers/microsoft/entra/wire.ts'
import { anyText } from '../../../core/any-text.ts'
import { berlin, groupRow, roleRow, userAdministrator } from './graph.ts'

const role = (differences: Readonly<Record<string, unknown>>) =>
  readRoleInstance(roleRow(differences))
const place = (differences: Readonly<Record<string, unknown>>) =>
  readGroupInstance(groupRow(differences))
const named = (displayName: string) => ({ roleDefinition: { displayName } })
const units = new Map([
  ['berlin-1', 'Berlin (Mitte)'],
  ['berlin-2', 'Berlin Mitte'],
])

describe('a directory role is written', () => {
  test.each([
    ['by the slug of its name', {}, 'user-administrator'],
    [
      'with its administrative unit',
      { directoryScopeId: '/administrativeUnits/munich-1' },
      'user-administrator@munich-1',
    ],
    ['with the name of the unit', { directoryScopeId: berlin }, 'user-administrator@berlin-mitte'],
    [
      'in whatever case the scope comes',
      { directoryScopeId: '/AdministrativeUnits/BERLIN-1' },
      'user-administrator@berlin-mitte',
    ],
    ['with the id of another scope', { directoryScopeId: '/app-1' }, 'user-administrator@app-1'],
    ['by its id, where it has no name', { roleDefinition: null }, userAdministrator],
    ['by its id, where the name has no letters', named('***'), userAdministrator],
    [
      'as others are, where it is a custom one',
      { roleDefinition: { displayName: 'Queue & Co', isBuiltIn: false } },
      'queue-co',
    ],
  ])('%s', (_, differences, path) => {
    const oneUnit = new Map([['berlin-1', 'Berlin (Mitte)']])
    expect(roleTargets([role(differences)], [], oneUnit).targets[0]?.path).toBe(path)
  })
})

test('a role says where it counts, and what has to be sent back to activate it', () => {
  const [target] = roleTargets([role({ directoryScopeId: berlin })], [], units).targets
  expect(target).toEqual({
    provider: 'entra',
    path: 'user-administrator@berlin-mitte',
    role: 'User Administrator',
    scope: berlin,
    scopeName: 'Berlin (Mitte)',
    displayNames: [
      'User Administrator@Berlin (Mitte)',
      'User Administrator@berlin-1',
      `${userAdministrator}@Berlin (Mitte)`,
      `${userAdministrator}@berlin-1`,
    ],
    reference: { roleDefinitionId: userAdministrator, directoryScopeId: berlin },
    eligibleUntil: new Date('2026-03-01T13:00:00Z'),
  })
})

test('roles of one name go by their ids, and so do units', () => {
  const rows = [
    role({ roleDefinitionId: 'role-1' }),
    role({ roleDefinitionId: 'role-2', ...named('USER administrator') }),
    role({ roleDefinitionId: 'role-3', directoryScopeId: berlin, ...named('Reader') }),
    role({
      roleDefinitionId: 'role-3',
      directoryScopeId: '/administrativeUnits/berlin-2',
      ...named('Reader'),
    }),
  ]
  expect(pathsOf(roleTargets(rows, [], units))).toEqual([
    'role-1',
    'role-2',
    'reader@berlin-1',
    'reader@berlin-2',
  ])
})

test('a name that is the id of another role is not used', () => {
  const rows = [
    role({ roleDefinitionId: 'role-1' }),
    role({ roleDefinitionId: 'role-2', ...named('Role 1') }),
  ]
  expect(pathsOf(roleTargets(rows, [], units))).toEqual(['user-administrator', 'role-2'])
})

test('a role without its scope is not the scoped one', () => {
  const { targets } = roleTargets([role({ directoryScopeId: berlin })], [], units)
  expect(() => find('entra:user-administrator', targets)).toThrow('no target')
  expect(find('entra:User Administrator@berlin-1', targets)).toBe(targets[0])
})

describe('a place in a group is written', () => {
  const names = new Map([['group-1', 'Sec Ops']])
  test.each([
    ['by the slug of the group', {}, 'sec-ops'],
    ['with what one is in it, but for members', { accessId: 'owner' }, 'sec-ops@owner'],
    ['in small letters', { accessId: 'Owner' }, 'sec-ops@owner'],
    ['with whatever Graph comes up with', { accessId: 'steward' }, 'sec-ops@steward'],
    ['by the id of a group without a name', { groupId: 'group-2' }, 'group-2'],
  ])('%s', (_, differences, path) => {
    expect(groupTargets([place(differences)], [], names).targets[0]?.path).toBe(path)
  })

  test.each(['group:sec-ops@member', 'group:Sec Ops', 'group:GROUP-1', 'group:group-1@member'])(
    'and answers to %s',
    (text) => {
      const { targets } = groupTargets([place({}), place({ accessId: 'owner' })], [], names)
      expect(find(text, targets).path).toBe('sec-ops')
    },
  )

  test('and says what has to be sent back', () => {
    const [, owner] = groupTargets([place({}), place({ accessId: 'Owner' })], [], names).targets
    expect(owner).toMatchObject({
      provider: 'group',
      role: 'owner',
      scope: 'group-1',
      scopeName: 'Sec Ops',
      reference: { groupId: 'group-1', accessId: 'owner' },
    })
  })
})

test('what is held twice is one target, and ends with the longer of the two', () => {
  const until = '2026-05-01T00:00:00Z'
  const rows = [
    role({ memberType: 'Inherited' }),
    role({ roleDefinitionId: userAdministrator.toUpperCase(), endDateTime: until }),
  ]
  const { targets } = roleTargets(rows, [], units)
  expect(targets.map(({ eligibleUntil }) => eligibleUntil)).toEqual([new Date(until)])
  const endless = roleTargets([...rows, role({ endDateTime: null })], [], units).targets
  expect(endless.map((target) => 'eligibleUntil' in target)).toEqual([false])
})

test('what is active without being eligible any more is a target, of no known end', () => {
  const { targets, pathOf } = roleTargets([], [role({})], units)
  expect(targets.map(({ path }) => path)).toEqual(['user-administrator'])
  expect(targets[0]).not.toHaveProperty('eligibleUntil')
  expect(pathOf({ directoryScopeId: '/', roleDefinitionId: userAdministrator.toUpperCase() })).toBe(
    'user-administrator',
  )
})

describe('whatever things are called,', () => {
  const id = fc.oneof(fc.uuid(), fc.constantFrom('role-1', 'ROLE-1', 'role-2', 'a', 'owner'))
  const name = fc.oneof(
    anyText(),
    fc.constantFrom('Role 1', 'role-1', 'A', 'a', '', 'ǅ', 'ß', 'SS'),
  )
  const scope = fc.oneof(
    fc.constantFrom(
      '/',
      '/administrativeUnits/a',
      '/a',
      '/AdministrativeUnits/A',
      '/administrativeUnits/',
    ),
    id.map((each) => `/administrativeUnits/${each}`),
  )

  test('paths of roles are unlike each other, and each is found by its own text', () => {
    const rows = fc.array(fc.record({ roleDefinitionId: id, directoryScopeId: scope, name }))
    fc.assert(
      fc.property(rows, fc.array(name, { minLength: 1 }), (wanted, unitNames) => {
        const instances = wanted.map(({ name, ...right }) => role({ ...right, ...named(name) }))
        const names = new Map(
          wanted.flatMap(({ directoryScopeId }, index) => {
            const unit = unitOf(directoryScopeId)?.toLowerCase()
            return unit === undefined
              ? []
              : [[unit, unitNames[index % unitNames.length] ?? ''] as const]
          }),
        )
        eachIsFound(roleTargets(instances, [], names))
      }),
    )
  })

  test('so are paths of groups', () => {
    const access = fc.constantFrom('member', 'owner', 'Member', 'OWNER', 'steward')
    const rows = fc.array(fc.record({ groupId: id, accessId: access, name }))
    fc.assert(
      fc.property(rows, (wanted) => {
        const names = new Map(wanted.map(({ groupId, name }) => [groupId.toLowerCase(), name]))
        eachIsFound(groupTargets(wanted.map(place), [], names))
      }),
    )
  })
})

function eachIsFound({ targets }: Targets): void {
  expect(new Set(targets.map(({ path }) => path.toLowerCase())).size).toBe(targets.length)
  for (const target of targets) expect(find(formatTarget(target), targets)).toBe(target)
}

function find(text: string, targets: readonly Target[]): Target {
  return matchTarget(parseTargetText(text), targets)
}

function pathsOf({ targets }: Targets): readonly string[] {
  return targets.map(({ path }) => path)
}
