/** There is no registration with this id: it was deleted when it reached its age, or never was. */
export class RegistrationGone extends Error {
  override readonly name = 'RegistrationGone'
}
