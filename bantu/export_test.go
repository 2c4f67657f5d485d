package bantu

// Judge is the provider's judge.
var Judge = judge
