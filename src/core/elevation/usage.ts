/** Who runs a command with which elevation at this moment, across processes. One that dies has ended its use. */
export interface Uses {
  readonly begin: (elevationId: string) => Promise<Use>
  /** Whether anybody does. What is done about it, so that nobody begins meanwhile, inside the flight of its target. */
  readonly isUsed: (elevationId: string) => Promise<boolean>
}

export interface Use {
  /** May be called more than once. */
  readonly end: () => Promise<void>
}
