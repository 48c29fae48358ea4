// Loaded at first use: what things cost, and the credits that pay for them.
export { costOf } from '../cost.js'
export { addressCosts, addressCreditHistory, addressCredits } from '../credits.js'
