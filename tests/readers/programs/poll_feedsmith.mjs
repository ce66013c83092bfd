// Polls the addresses given with feedsmith, which parses what another has fetched.
import { parseFeed } from 'feedsmith'
import { keep, seconds } from './kept.mjs'

const of = {
  rss: (feed) =>
    feed.items?.map((item) => ({
      id: item.guid?.value,
      title: item.title,
      link: item.link,
      published: seconds(item.pubDate),
      author: item.dc?.creators?.[0] ?? item.dc?.creator,
      content: item.content?.encoded ?? item.description,
    })),
  atom: (feed) =>
    feed.entries?.map((entry) => ({
      id: entry.id,
      title: entry.title?.value ?? entry.title,
      link: entry.links?.find((link) => !link.rel || link.rel === 'alternate')?.href,
      published: seconds(entry.published),
      author: entry.authors?.[0]?.name,
      content: entry.content?.value ?? entry.content ?? entry.summary?.value ?? entry.summary,
    })),
  json: (feed) =>
    feed.items?.map((item) => ({
      id: item.id,
      title: item.title,
      link: item.url,
      published: seconds(item.date_published),
      author: item.authors?.[0]?.name,
      content: item.content_html,
    })),
}

await keep(async (url) => {
  const answer = await fetch(url)
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`)
  const { format, feed } = parseFeed(await answer.text())
  return of[format](feed) ?? []
})
