//go:build js && wasm

package browser

// native numbers what the page offers and the module uses.
type native int

// The natives. Methods and getters of a class take the receiver as their first
// argument.
const (
	fetch native = iota

	newRequest
	requestURL
	requestMethod
	requestMode
	requestHeaders
	requestSignal
	requestReferrer
	requestReferrerPolicy
	requestClone

	responseStatus
	responseURL
	responseRedirected
	responseHeaders
	responseBody
	responseText

	headersGet
	headersSet
	headersDelete

	newURL
	urlHref
	urlOrigin

	blob
	readableStream
	streamCancel

	newAborted
	timeoutSignal
	signalAborted
	signalReason
	signalThrow

	newEventTarget
	newCustomEvent
	addListener
	removeListener
	dispatchEvent

	newChannel
	channelPost
	channelClose
	messageData
	requestLock

	promise
	promiseThen
	promiseResolve
	withResolvers

	jsonParse
	jsonStringify
	atob

	newArray
	newDate
	newError
	newTypeError

	bind
	reflectGet
	objectKeys
	objectCreate
	objectPrototype
	setPrototypeOf
	isPrototypeOf
	freeze
	defineProperty
	isArray
	reduce

	performanceNow
	dateNow
	dateParse
	toNumber
	random
	setTimeout
	clearTimeout
	warn
	debug

	natives // how many there are
)

// sources says where each native is found: "a.b" is a value, "a!b" the method b
// bound to a, "A#b" a method and "A:b" a getter of the class A. What begins with a
// question mark may be missing, and is undefined then.
var sources = [natives]string{
	fetch: "fetch",

	newRequest:            "Request",
	requestURL:            "Request:url",
	requestMethod:         "Request:method",
	requestMode:           "Request:mode",
	requestHeaders:        "Request:headers",
	requestSignal:         "Request:signal",
	requestReferrer:       "Request:referrer",
	requestReferrerPolicy: "Request:referrerPolicy",
	requestClone:          "Request#clone",

	responseStatus:     "Response:status",
	responseURL:        "Response:url",
	responseRedirected: "Response:redirected",
	responseHeaders:    "Response:headers",
	responseBody:       "Response:body",
	responseText:       "Response#text",

	headersGet:    "Headers#get",
	headersSet:    "Headers#set",
	headersDelete: "Headers#delete",

	newURL:    "URL",
	urlHref:   "URL:href",
	urlOrigin: "URL:origin",

	blob:           "Blob.prototype",
	readableStream: "ReadableStream.prototype",
	streamCancel:   "ReadableStream#cancel",

	newAborted:    "AbortSignal!abort",
	timeoutSignal: "?AbortSignal!timeout",
	signalAborted: "AbortSignal:aborted",
	signalReason:  "AbortSignal:reason",
	signalThrow:   "AbortSignal#throwIfAborted",

	newEventTarget: "EventTarget",
	newCustomEvent: "CustomEvent",
	addListener:    "EventTarget#addEventListener",
	removeListener: "EventTarget#removeEventListener",
	dispatchEvent:  "EventTarget#dispatchEvent",

	newChannel:   "?BroadcastChannel",
	channelPost:  "?BroadcastChannel#postMessage",
	channelClose: "?BroadcastChannel#close",
	messageData:  "?MessageEvent:data",
	requestLock:  "?navigator.locks!request",

	promise:        "Promise",
	promiseThen:    "Promise#then",
	promiseResolve: "Promise!resolve",
	withResolvers:  "?Promise!withResolvers", // since 2024

	jsonParse:     "JSON.parse",
	jsonStringify: "JSON.stringify",
	atob:          "atob",

	newArray:     "Array",
	newDate:      "Date",
	newError:     "Error",
	newTypeError: "TypeError",

	bind:            "Function#bind",
	reflectGet:      "Reflect.get",
	objectKeys:      "Object.keys",
	objectCreate:    "Object.create",
	objectPrototype: "Object.prototype",
	setPrototypeOf:  "Object.setPrototypeOf",
	isPrototypeOf:   "Object#isPrototypeOf",
	freeze:          "Object.freeze",
	defineProperty:  "Object.defineProperty",
	isArray:         "Array.isArray",
	reduce:          "Array.prototype.reduce",

	performanceNow: "performance!now",
	dateNow:        "Date.now",
	dateParse:      "Date.parse",
	toNumber:       "Number",
	random:         "Math.random",
	setTimeout:     "setTimeout",
	clearTimeout:   "clearTimeout",
	warn:           "console!warn",
	debug:          "console!debug",
}
