// Package facts holds the meanings of the providers' words, codes and numbers,
// with one file for each provider. A client and the notifications of its
// provider share them, so one word has one meaning.
//
// A word without a meaning here is [wapay.StatusUnknown]: neither success nor
// failure. The sources are in docs/providers/.
package facts
