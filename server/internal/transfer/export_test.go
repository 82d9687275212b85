package transfer

// Encode is encode.
var Encode = encode
