# Reads Swift source into tokens. Comments and the text of strings are left out; what a string
# interpolates is code and stays.
#
#   token[1…tokens]   an identifier, a number, a bracket, an operator; a string is one token: "
#   line_of[i]        its line
#   mate[i]           for a bracket: the index of the other one
#   first_on[line]    the first token of a line
#   documented[line]  whether a doc comment is right above the line, attributes aside
#   waived[line]      whether the line, or a comment line right above it, says "order-free: why"

function start_reading() {
    split("", token); split("", line_of); split("", mate); split("", first_on)
    split("", documented); split("", waived); split("", open_bracket)
    tokens = open_brackets = frames = comment_depth = 0
    doc_pending = attribute_open = waiver_pending = broken_line = 0
}

# Frames are what the reader is inside of: strings, and interpolations in strings.
function in_string() { return frames > 0 && frame_kind[frames] == "string" }

function read_line(text,   rest, before, is_code) {
    is_code = !comment_depth && !in_string()
    if (is_code) note_comment(text)
    before = tokens
    rest = text
    if (is_code && !frames && text ~ /^[ \t]*#(if|elseif|else|endif|error|warning)/) rest = ""
    while (rest != "") {
        if (comment_depth) rest = skip_comment(rest)
        else if (in_string()) rest = read_string(rest)
        else rest = read_code(rest)
    }
    # A string that is not multi-line ends with its line, whatever was in it.
    if (in_string() && !frame_is_multiline[frames]) frames--
    if (tokens > before) {
        first_on[FNR] = before + 1
        documented[FNR] = doc_pending
        if (!only_attributes(before + 1)) doc_pending = 0
    }
}

function note_comment(text) {
    if (text ~ /^[ \t]*\/\/\//) doc_pending = 1
    else if (text ~ /^[ \t]*$/ && !attribute_open) doc_pending = 0
    note_waiver(text, text ~ /^[ \t]*\/\//)
}

# A waiver on a line of its own holds for the next line of code.
function note_waiver(text, is_comment,   is_waiver) {
    is_waiver = is_core && text ~ /\/\/[ \t]*order-free/
    if (is_waiver && text !~ /\/\/[ \t]*order-free:[ \t]*[A-Za-z].*[A-Za-z]/) {
        report(FNR, "a waiver says why: // order-free: reason")
    }
    if (is_waiver) waiver_pending = 1
    if (is_comment) return
    waived[FNR] = waiver_pending
    waiver_pending = 0
}

# Attributes may stand on lines of their own between a doc comment and its declaration.
function only_attributes(i) {
    if (attribute_open) {
        if (!(attribute_open in mate)) return 1
        i = mate[attribute_open] + 1
        attribute_open = 0
    }
    while (i <= tokens && token[i] ~ /^@/) {
        i++
        if (i > tokens || token[i] != "(") continue
        if (!(i in mate)) {
            attribute_open = i
            return 1
        }
        i = mate[i] + 1
    }
    return i > tokens
}

function skip_comment(rest) {
    if (!match(rest, /\/\*|\*\//)) return ""
    comment_depth += substr(rest, RSTART, 1) == "/" ? 1 : -1
    return substr(rest, RSTART + 2)
}

# Takes one token, or white space, off the front.
function read_code(rest,   first) {
    if (match(rest, /^[ \t\r]+/)) return substr(rest, RLENGTH + 1)
    if (match(rest, /^([A-Za-z_$]|[^\t -~])([A-Za-z0-9_$]|[^\t -~])*/)) return take(rest)
    first = substr(rest, 1, 1)
    if (first == "/") {
        if (rest ~ /^\/\//) return ""
        if (rest ~ /^\/\*/) {
            comment_depth = 1
            return substr(rest, 3)
        }
        if (starts_expression() && match(rest, "^/[^ \t/*)][^/]*/")) return take_as(rest, "\"")
    }
    if (first == "#" && match(rest, /^#+\/.*\/#+/)) return take_as(rest, "\"")
    if (match(rest, /^#*"/)) return begin_string(rest)
    if (match(rest, /^[#@][A-Za-z_]+/)) return take(rest)
    if (match(rest, /^`[^`]*`/)) return take(rest)
    if (match(rest, /^[0-9][0-9A-Za-z_]*(\.[0-9][0-9A-Za-z_]*)?/)) return take_as(rest, "0")
    if (match(rest, /^(\.\.\.|\.\.<|->|===|!==|==|!=|<=|>=|\+=|-=|&&|\|\||\?\?|::)/)) {
        return take(rest)
    }
    RLENGTH = 1
    if (first ~ /[][(){}]/) return take_bracket(rest, first)
    # The blank tells "a ? b : c" from "a?", and "try !a" from "try!".
    if (first ~ /[?!]/ && last_was_blank(rest)) return take_as(rest, " " first)
    return take(rest)
}

# Whether the blank was skipped right before this token, known from how much of the line is left.
function last_was_blank(rest,   at) {
    at = length($0) - length(rest)
    return at > 0 && substr($0, at, 1) ~ /[ \t]/
}

# Whether a slash here begins a regular expression instead of a division.
function starts_expression() {
    if (tokens == 0 || line_of[tokens] != FNR) return 0
    return token[tokens] ~ /^([(,=:{]|\[|==|!=|return|in)$/
}

function take(rest) { return take_as(rest, substr(rest, 1, RLENGTH)) }

function take_as(rest, text,   size) {
    size = RLENGTH
    token[++tokens] = text
    line_of[tokens] = FNR
    return substr(rest, size + 1)
}

function take_bracket(rest, text) {
    rest = take_as(rest, text)
    if (text ~ /[[({]/) {
        open_bracket[++open_brackets] = tokens
        if (text == "(" && frames) frame_parens[frames]++
        return rest
    }
    if (open_brackets == 0 || token[open_bracket[open_brackets]] text !~ /^(\(\)|\[\]|\{\})$/) {
        if (!broken_line) broken_line = FNR
        return rest
    }
    mate[tokens] = open_bracket[open_brackets--]
    mate[mate[tokens]] = tokens
    # The parenthesis that ends an interpolation leads back into its string.
    if (text == ")" && frames && --frame_parens[frames] == 0) frames--
    return rest
}

function begin_string(rest,   hashes) {
    hashes = RLENGTH - 1
    frames++
    frame_kind[frames] = "string"
    frame_hashes[frames] = hashes
    frame_is_multiline[frames] = substr(rest, hashes + 1, 3) == "\"\"\""
    RLENGTH = hashes + (frame_is_multiline[frames] ? 3 : 1)
    return take_as(rest, "\"")
}

function read_string(rest,   hashes, mark, quotes) {
    if (!match(rest, /["\\]/)) return ""
    mark = substr(rest, RSTART, 1)
    rest = substr(rest, RSTART + 1)
    hashes = repeated("#", frame_hashes[frames])
    if (mark == "\"") {
        quotes = (frame_is_multiline[frames] ? "\"\"" : "") hashes
        if (substr(rest, 1, length(quotes)) != quotes) return rest
        frames--
        return substr(rest, length(quotes) + 1)
    }
    if (substr(rest, 1, length(hashes)) != hashes) return rest
    rest = substr(rest, length(hashes) + 1)
    if (substr(rest, 1, 1) != "(") return substr(rest, 2)
    frames++
    frame_kind[frames] = "interpolation"
    frame_parens[frames] = 0
    return rest
}

function repeated(text, count,   all) {
    while (count-- > 0) all = all text
    return all
}

function finish_reading() {
    if (open_brackets && !broken_line) broken_line = line_of[open_bracket[open_brackets]]
    return !broken_line
}
