# The line between pure code and I/O: what the core may import and call.

function read_rooms(   rows, count, r, words, size, w) {
    count = split(ENVIRON["LINT_ROOMS"], rows, "\n")
    for (r = 1; r <= count; r++) {
        size = split(rows[r], words, " ")
        if (size < 2) continue
        layer[words[2]] = words[1]
        for (w = 3; w <= size; w++) may_import[words[2], words[w]] = 1
    }
    size = split(ENVIRON["LINT_COLLECTIONS"], words, " ")
    for (w = 1; w <= size; w++) is_collection[words[w]] = 1
}

# Finds out from the path of the file in which room it stands.
function enter_room(   parts, count) {
    count = split(FILENAME, parts, "/")
    is_source = parts[1] == "Sources"
    file_name = parts[count]
    room = is_source && count > 2 || FILENAME ~ /^Simulations\/Simulator\// ? parts[2] : ""
    is_core = layer[room] == "core"
    if (is_source && layer[room] == "" && !was_asked[room]++) {
        report(1, "room " room " is not in the table of Scripts/lint: is it core or shell?")
    }
}

function check_calls(   i) {
    for (i = 1; i <= tokens; i++) {
        if (token[i] !~ /^[A-Za-z@]/) continue
        if (is_core) {
            if (token[i] == "import") check_import(i)
            check_concurrency(i)
            check_nondeterminism(i)
        }
        if (is_source && room != "dynactl") check_manners(i)
    }
}

function check_import(i,   module) {
    if (token[i - 1] == "." || token[i + 1] == ":") return
    module = token[i + 1]
    if (module ~ /^(struct|class|enum|protocol|typealias|func|var|let)$/) module = token[i + 2]
    if (module in is_collection || (room, module) in may_import) return
    if ((room, file_name ":" module) in may_import) return
    if (layer[module] == "core") report(line_of[i], room " may not depend on " module)
    else report(line_of[i], "the core may not import " module)
}

function check_concurrency(i,   word, before, after) {
    word = token[i]; before = token[i - 1]; after = token[i + 1]
    if (before == ".") return
    if (word ~ /^(Task|TaskGroup|TaskLocal|MainActor|@MainActor|@globalActor|@TaskLocal)$/ \
        || word ~ /^with(Throwing|Discarding|ThrowingDiscarding)?TaskGroup$/ \
        || word ~ /^(Mutex|NSLock|NSRecursiveLock|DispatchQueue|Thread)$/ \
        || word == "await" && after != ":" \
        || word == "async" && is_effect(before, after) \
        || word == "actor" && declares_actor(i) && !in_parameters(i) \
        || word == "nonisolated" && token[i + 2] == "unsafe") {
        report(line_of[i], "the core may not use " word ": it has neither tasks nor shared state")
    }
}

# "async" may also be the name of a case.
function is_effect(before, after) {
    return before ~ /^(\)|get)$/ || after ~ /^(let|throws|->)$/
}

# Whether the token is directly inside of parentheses: "actor name:" may label a parameter.
function in_parameters(i,   j) {
    for (j = i - 1; j > 0; j--) {
        if (token[j] ~ /^[])}]$/) j = mate[j]
        else if (token[j] ~ /^[[({]$/) return token[j] != "{"
    }
    return 0
}

function check_nondeterminism(i,   word, before, after) {
    word = token[i]; before = token[i - 1]; after = token[i + 1]
    if (before == ".") {
        if (word == "hashValue") report_impure(i, word, "it differs between processes")
        else if (is_unseeded(i)) report_impure(i, word, "pass a seeded generator with using:")
        return
    }
    if (word ~ /^(ContinuousClock|SuspendingClock|clock_gettime|gettimeofday|usleep|nanosleep)$/ \
        || word == "Date" && after ~ /^[(.]$/) {
        report_impure(i, word, "time comes in with the event")
    } else if (word ~ /^(SystemRandomNumberGenerator|arc4random|arc4random_uniform|UUID)$/) {
        report_impure(i, word, "random numbers come from the node's own generator")
    } else if (word == "hashValue" || word == "Hasher" && after == "(") {
        report_impure(i, word, "it differs between processes")
    }
}

function report_impure(i, word, why) {
    report(line_of[i], "the core may not use " word ": " why)
}

# A call of the standard library that draws from the system's generator.
function is_unseeded(i,   j, close_at) {
    if (token[i] !~ /^(random|shuffled|shuffle|randomElement)$/ || token[i + 1] != "(") return 0
    close_at = mate[i + 1]
    if (close_at == i + 2) return 1
    if (token[i] != "random" || token[i + 2] != "in") return 0
    for (j = i + 2; j < close_at; j++) {
        if (token[j] ~ /^[[({]$/) j = mate[j]
        else if (token[j] == "using" && token[j + 1] == ":") return 0
    }
    return 1
}

function check_manners(i,   after) {
    after = token[i + 1]
    if (token[i] == "try" && after == "!") {
        report(line_of[i], "try! is not for Sources: handle the error")
    } else if (token[i] == "fatalError" && (token[i - 1] != "." || token[i - 2] == "Swift")) {
        report(line_of[i], "fatalError is not for Sources: a broken invariant is a precondition")
    } else if (token[i] ~ /^(print|debugPrint|dump)$/ && after == "(") {
        if (token[i - 1] == "func" || token[i - 1] == "." && token[i - 2] != "Swift") return
        report(line_of[i], token[i] " is for dynactl only")
    }
}
