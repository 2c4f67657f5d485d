package mpp

// Judge is the provider's judge.
var Judge = judge
