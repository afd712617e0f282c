/** Something that one replica at a time does now and then, whichever of them. */
export interface Chore {
  /** Its queue. */
  name: string
  /** When, as five fields of cron in UTC. */
  cron: string
  run(): Promise<void>
}
