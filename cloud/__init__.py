"""The service: stores what gateways send, decides who must know, and shows it to those who may see."""
