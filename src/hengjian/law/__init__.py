"""The law: dated articles and which of them applies."""
