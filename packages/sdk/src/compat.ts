export { type RegisteredUser, registerAndGetDepositLink, saveUserX } from '@registration/sdk'
