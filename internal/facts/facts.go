// Package facts holds what the providers' words, codes and numbers mean. A
// client and the notifications of its provider read them from here, so that one
// word has one meaning. There is one file a provider.
//
// A word that is not listed is [wapay.StatusUnknown]: neither success nor
// failure. The sources are in docs/providers/.
package facts
