// Stands in for curl, which not every machine has: takes the options that the README uses.
const [, , url, ...options] = process.argv
const headers = {}
let body
for (let at = 0; at < options.length; at += 2) {
  const [option, value] = [options[at], options[at + 1]]
  if (option === '-H') Object.assign(headers, { [value.split(':')[0]]: value.slice(value.indexOf(':') + 1).trim() })
  else if (option === '-d') body = value
  else throw new Error(`curl ${option}: the README uses an option that this stand-in doesn't know`)
}
const response = await fetch(url, { method: body === undefined ? 'GET' : 'POST', headers, body })
process.stdout.write(await response.text())
