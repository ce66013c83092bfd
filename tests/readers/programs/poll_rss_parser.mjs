// Polls the addresses given with rss-parser.
import Parser from 'rss-parser'
import { keep, seconds } from './kept.mjs'

const parser = new Parser({ timeout: 20000 })

await keep(async (url) => {
  const feed = await parser.parseURL(url)
  return feed.items.map((item) => ({
    id: item.guid ?? item.id,
    title: item.title,
    link: item.link,
    published: seconds(item.isoDate),
    author: item.creator ?? item.author,
    content: item['content:encoded'] ?? item.content,
  }))
})
