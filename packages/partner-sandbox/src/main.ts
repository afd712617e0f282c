import { startPartnerSandbox } from './start-partner-sandbox.ts'

/*
 * The sandbox as a process of its own: PORT, HOST and VERIFICATION_SECRET in the environment, one line of JSON with its
 * address on standard output when it is ready. Ends on SIGTERM, SIGINT, and when the process that started it is gone.
 */

const { PORT, HOST, VERIFICATION_SECRET } = process.env
const { url, close } = await startPartnerSandbox({
  port: Number(PORT ?? 0),
  host: HOST,
  verificationSecret: VERIFICATION_SECRET,
})

const parent = process.ppid
const watch = setInterval(() => process.ppid !== parent && void stop(), 500)
async function stop(): Promise<void> {
  clearInterval(watch)
  await close()
}
process.once('SIGTERM', stop)
process.once('SIGINT', stop)

process.stdout.write(`${JSON.stringify({ url })}\n`)
