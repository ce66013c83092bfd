// Keeps entries by feed and id in the working folder, and prints all of them as JSON.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

const place = 'state.json'

export async function keep(read) {
  const entries = existsSync(place) ? JSON.parse(readFileSync(place, 'utf8')) : {}
  for (const feed of process.argv.slice(2)) {
    for (const entry of await read(feed)) entries[`${feed} ${entry.id}`] = { feed, ...entry }
  }
  writeFileSync(place, JSON.stringify(entries))
  // a parser's own timers would keep the process alive for a minute
  process.stdout.write(JSON.stringify(Object.values(entries)), () => process.exit(0))
}

export const seconds = (date) => (date ? Math.floor(Date.parse(date) / 1000) : null)
