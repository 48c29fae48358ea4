// Loaded when a wallet is connected: its account, which has it sign.
export { chosenAddress, WalletAccount } from '../walletAccount.js'
