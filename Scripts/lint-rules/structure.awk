# Walks the tokens of a file once and knows at each brace what it belongs to: a type, a function, a
# control statement, or anything else (closures, accessors). Sizes and doc comments are judged here.
#
#   depth          how many brackets of any kind are open
#   kind[depth]    what the innermost is: a type's keyword, func, control, repeat, other; ( and [
#   pending[depth] what the next brace at this depth will be
#   owner[depth]   the name of the function around it
#   type_at[i]     the path of the type around token i, "" at file level

function is_type(word) { return word ~ /^(struct|class|enum|extension|protocol|actor)$/ }
function is_access(word) { return word ~ /^(public|package|open)$/ }
function is_modifier(word) {
    return word ~ /^(static|class|final|mutating|nonmutating|override|lazy|weak|unowned)$/ \
        || word ~ /^(public|package|open|internal|fileprivate|private|indirect|nonisolated)$/ \
        || word ~ /^(required|convenience|dynamic|consuming|borrowing|prefix|postfix|infix)$/
}
function is_declaration(word) {
    return is_type(word) \
        || word ~ /^(func|var|let|init|subscript|typealias|associatedtype|macro|import)$/
}

function walk(   i, word) {
    split("", kind); split("", pending); split("", pending_name); split("", brace_kind)
    split("", control_depth); split("", path); split("", is_shared); split("", type_at)
    depth = 0
    kind[0] = "file"
    owner[0] = "a closure"
    for (i = 1; i <= tokens; i++) {
        word = token[i]
        type_at[i] = path[depth]
        if (word ~ /^[[({]$/) open_level(i, word)
        else if (word ~ /^[])}]$/) depth--
        else if (word ~ /^[a-z]/ && token[i - 1] != "." && kind[depth] !~ /^[[(]$/) {
            walk_word(i, word)
        }
    }
}

function open_level(i, word,   what) {
    what = word
    if (word == "{") what = pending[depth] == "" ? "other" : pending[depth]
    depth++
    kind[depth] = brace_kind[i] = what
    pending[depth] = ""
    path[depth] = path[depth - 1]
    control_depth[depth] = control_depth[depth - 1]
    owner[depth] = owner[depth - 1]
    is_shared[depth] = 0
    if (word != "{") return
    if (is_type(what)) {
        path[depth] = (what != "extension" && path[depth] != "" ? path[depth] "." : "") \
            pending_name[depth - 1]
        is_shared[depth] = pending_shared[depth - 1]
        control_depth[depth] = 0
    } else if (what == "func") {
        control_depth[depth] = 0
        owner[depth] = pending_name[depth - 1]
        check_length(i, depth - 1)
    } else if (what ~ /^(control|repeat)$/ && ++control_depth[depth] == NESTING_MAX + 1) {
        report(line_of[i], "nesting deeper than " NESTING_MAX " in " owner[depth])
    }
    pending[depth - 1] = ""
}

function walk_word(i, word,   next_word) {
    next_word = token[i + 1]
    if (is_access(word)) check_shared(i)
    if (word ~ /^(if|for|switch|do|else|catch|while|repeat)$/) {
        if (next_word == ":" || word == "while" && ends_repeat(i)) return
        pending[depth] = word == "repeat" ? word : "control"
    } else if (is_type(word)) {
        begin_type(i, word, next_word)
    } else if (word == "func") {
        begin_function(i, next_word)
    } else if (word == "init" && next_word ~ /^[(?!<]$/ || word == "subscript" && next_word ~ /^[(<]$/) {
        begin_function(i, word)
    } else if (word == "deinit" && next_word == "{") {
        begin_body(i, word)
    } else if (word ~ /^(var|let)$/) {
        begin_variable(i, next_word)
    } else if (word == "case" && kind[depth] == "enum" && is_shared[depth]) {
        check_documented(i, "case " next_word)
    } else if (word == "associatedtype" && kind[depth] == "protocol" && is_shared[depth]) {
        check_documented(i, word " " next_word)
    }
}

function ends_repeat(i) {
    return token[i - 1] == "}" && brace_kind[mate[i - 1]] == "repeat"
}

function begin_type(i, word, name,   j) {
    if (name == ":" || token[i - 1] ~ /^(import|[:,&])$/) return
    if (word == "class" && (is_modifier(name) || is_declaration(name))) return
    if (word == "actor" && !declares_actor(i)) return
    for (j = i + 2; token[j] == "."; j += 2) name = name "." token[j + 1]
    pending[depth] = word
    pending_name[depth] = name
    pending_shared[depth] = has_shared_access(i)
}

# "actor" is also a word of this house; a declaration has a type's name behind it.
function declares_actor(i) {
    return token[i - 1] != "." && token[i + 1] ~ /^[A-Z]/ && token[i + 2] ~ /^[{:<]$/
}

function has_shared_access(i,   j) {
    for (j = i - 1; j > 0 && (is_modifier(token[j]) || token[j] == ")"); j--) {
        if (token[j] == ")") j = mate[j]
        else if (is_access(token[j])) return 1
    }
    return 0
}

function begin_function(i, name,   j) {
    if (kind[depth] == "protocol") check_requirement(i, name)
    for (j = i + 1; j <= tokens && token[j] != "("; j++) if (token[j] == "{") return
    check_parameters(i, name, j)
    note_parameters(j, mate[j])
    if (kind[depth] != "protocol") begin_body(i, name)
}

function begin_body(i, name) {
    pending[depth] = "func"
    pending_name[depth] = name
    pending_line[depth] = line_of[i]
}

# A property of a type or a file whose braces come before any "=" is a function without parameters.
function begin_variable(i, name,   j) {
    note_variable(i)
    if (kind[depth] == "protocol") check_requirement(i, name)
    if (kind[depth] != "file" && !is_type(kind[depth])) return
    for (j = i + 2; j <= tokens && token[j] != "="; j++) {
        if (token[j] == "{") {
            begin_body(i, name)
            return
        }
        if (line_of[j] != line_of[j - 1] || token[j] == "}") return
        if (token[j] ~ /^[[(]$/) j = mate[j]
    }
}

function check_length(i, level,   size) {
    size = line_of[mate[i]] - pending_line[level] + 1
    if (size > FUNCTION_LINES_MAX) {
        report(pending_line[level], pending_name[level] " has " size " lines, at most " \
            FUNCTION_LINES_MAX)
    }
}

# Each parameter has one colon of its own; those of a conditional default value are taken off.
function check_parameters(i, name, open,   j, count) {
    for (j = open + 1; j < mate[open]; j++) {
        if (token[j] ~ /^[[({]$/) j = mate[j]
        else if (token[j] == ":") count++
        else if (token[j] == " ?") count--
    }
    if (count > PARAMETERS_MAX) {
        report(line_of[i], name " has " count " parameters, at most " PARAMETERS_MAX)
    }
}

# A declaration of public or package access is documented, and so are its cases and requirements.
function check_shared(i,   j, what) {
    if (line_of[i] != line_of[i + 1]) return
    for (j = i + 1; is_modifier(token[j]) || token[j] ~ /^[@(]/; j++) {
        if (token[j] == "class" && !is_modifier(token[j + 1]) && !is_declaration(token[j + 1])) break
        if (token[j] == "(") {
            if (j == i + 1) return
            j = mate[j]
        }
    }
    what = token[j]
    if (!is_declaration(what)) {
        if (what != "actor" || !declares_actor(j)) return
    }
    if (what ~ /^(extension|import)$/) return
    check_documented(i, what ~ /^(init|subscript)$/ ? what : what " " token[j + 1])
}

function check_requirement(i, name) {
    if (is_shared[depth]) check_documented(i, name)
}

function check_documented(i, what,   j) {
    if (!is_source) return
    for (j = first_on[line_of[i]]; j < i; j++) {
        if (token[j] == "(") j = mate[j]
        else if (!is_modifier(token[j]) && token[j] !~ /^@/) break
    }
    if (j != i || !documented[line_of[i]]) {
        report(line_of[i], what " has no /// comment right above it")
    }
}
