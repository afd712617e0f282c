/** The database can't be reached or doesn't answer in time. A write may or may not have happened. */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable'
}
