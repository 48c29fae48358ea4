// Loaded at the first query in aggregates.
export { queryAggregates } from '../query/aggregateQuery.js'
