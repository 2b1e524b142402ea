# Finds where the core iterates over a Dictionary or a Set, whose order differs between processes.
#
# Types are not known here, only declarations: a name counts as unordered if it is declared as
# [Key: Value], Dictionary<…> or Set<…>, or initialised with one. Locals and parameters are looked
# up in their braces, members in the type around the use, in whichever file of the room the type
# declares them. So members can only be judged when all files were read.

function start_order() {
    split("", local_count); split("", local_from); split("", local_to); split("", local_state)
    split("", file_member)
}

# --- Declarations ---------------------------------------------------------------------------

# The state of a declaration: 1 unordered, 0 not, or "= i" where it is another name for token i.
function declare_local(name, from, to, state,   count) {
    count = ++local_count[name]
    local_from[name, count] = from
    local_to[name, count] = to
    local_state[name, count] = state
}

function declare_member(name, state) {
    file_member[name] = (name in file_member) ? file_member[name] && state : state
    member_state[room, path[depth], name] = state
}

function note_variable(i,   name, state, after) {
    if (!is_core) return
    name = token[i + 1]
    after = token[i + 2]
    if (name !~ /^[`A-Za-z_]/ || name == "_") return
    if (after == ":") state = is_unordered_type(i + 3)
    else if (after == "=") state = state_of_value(i + 3)
    else return
    if (kind[depth] == "file" || is_type(kind[depth])) declare_member(name, state == 1)
    else declare_local(name, i, mate[enclosing_brace(i)], state)
}

function enclosing_brace(i,   j) {
    for (j = i - 1; j > 0; j--) {
        if (token[j] ~ /^[])}]$/) j = mate[j]
        else if (token[j] == "{") return j
    }
    return 0
}

function note_parameters(open, close_at,   j, body) {
    if (!is_core) return
    for (body = close_at + 1; body <= tokens && token[body] != "{"; body++) {
        if (token[body] ~ /^[[(]$/) body = mate[body]
        else if (token[body] ~ /^(\}|func|var|let)$/) return
    }
    for (j = open + 1; j < close_at; j++) {
        if (token[j] ~ /^[[({]$/) j = mate[j]
        else if (token[j] == ":") {
            declare_local(token[j - 1], open, mate[body], is_unordered_type(j + 1))
        }
    }
}

function is_unordered_type(i) {
    while (token[i] ~ /^(inout|borrowing|consuming|sending|@.*)$/) i++
    if (token[i] == "Swift") i += 2
    if (token[i] ~ /^(Set|Dictionary)$/) return 1
    return token[i] == "[" && has_colon(i)
}

# Whether brackets are those of a dictionary; the colon of a conditional value does not count.
function has_colon(open,   j) {
    for (j = open + 1; j < mate[open]; j++) {
        if (token[j] ~ /^[[({]$/) j = mate[j]
        else if (token[j] == " ?") return 0
        else if (token[j] == ":") return 1
    }
    return 0
}

function state_of_value(i,   end) {
    if (token[i] ~ /^(Set|Dictionary)$/ && token[i + 1] ~ /^[(<]$/) return stays_unordered(i + 1)
    if (token[i] == "[") return has_colon(i) && stays_unordered(i)
    end = end_of_path(i)
    if (!end) return 0
    if (token[end + 1] == "." && keeps_disorder(token[end + 2])) return "= " end
    if ((line_of[end + 1] != line_of[end] || token[end + 1] ~ /^([{},;]|else)$/)) {
        return "= " end
    }
    return 0
}

# Whether the value that is made by the brackets at i is taken as it is: Set(a), not Set(a).sorted().
function stays_unordered(i) {
    while (token[i] == "<" || token[i] ~ /^[A-Za-z,.:>?]/ && token[i] != "(") i++
    while (token[i] ~ /^[[(]$/) i = mate[i] + 1
    return token[i] != "." || keeps_disorder(token[i + 1])
}

# The last identifier of "a" or "self.a", 0 for anything else.
function end_of_path(i) {
    if (token[i] ~ /^(self|Self)$/ && token[i + 1] == ".") i += 2
    return token[i] ~ /^[a-z_`]/ ? i : 0
}

# --- Uses -----------------------------------------------------------------------------------

function check_order(   i, verdict) {
    if (!is_core) return
    for (i = 1; i <= tokens; i++) {
        if (token[i] == "for" && token[i - 1] != "." && token[i + 1] != ":") check_loop(i)
        if (token[i] !~ /^[a-z_`]/) continue
        verdict = judge_chain(i)
        if (verdict != "") check_use(i, verdict)
    }
}

function check_loop(i,   j) {
    for (j = i + 1; j <= tokens && token[j] != "in"; j++) {
        if (token[j] ~ /^[[({]$/) j = mate[j]
        else if (token[j] ~ /^[])}]$/) return
    }
    for (j++; token[j + 1] == "." && token[j] ~ /^[A-Za-z_`]/; j += 2) continue
    if (token[j - 1] == "." && keeps_disorder(token[j]) && token[j + 1] == "(") j -= 2
    else if (token[j + 1] !~ /^(\{|where|\?\?)$/) return
    check_use(j, "for")
}

# What in the chain of members behind token i depends on the order, "" if nothing does.
function judge_chain(i,   start, name, close_at) {
    start = token[i - 1] == "." && token[i - 2] ~ /^(self|Self)$/ ? i - 2 : i
    name = token[start - 1] == "(" ? token[start - 2] : ""
    if (token[start - 1] == ":" && token[start - 3] == "(") name = token[start - 2]
    if (name ~ /^(\]|Array|ContiguousArray|Deque|OrderedSet|zip|contentsOf)$/) {
        if (token[i + 1] == ")") return follow_chain(i + 2, name)
    }
    name = follow_chain(i + 1, "")
    return name != "" && chain_end_is_unordered(start) ? "" : name
}

# Whether keys or values go straight into a set, or into a question about sets.
function chain_end_is_unordered(start,   name) {
    if (token[start - 1] == "(") name = token[start - 2]
    else if (token[start - 1] == ":" && token[start - 3] == "(") name = token[start - 4]
    return name ~ /^(Set|union|formUnion|subtract|subtracting|intersection|formIntersection)$/ \
        || name ~ /^is(Strict)?(Subset|Superset)$/ || name == "isDisjoint"
}

function follow_chain(i, found,   name, after) {
    while (1) {
        while (token[i] ~ /^ ?[?!]$/) i++
        if (token[i] == "[" && found != "") {
            i = mate[i] + 1
            continue
        }
        if (token[i] != ".") return found
        name = token[i + 1]
        i += 2
        after = token[i]
        if (name ~ /^(sorted|sort|count|isEmpty|contains|allSatisfy)$/) return ""
        if (name ~ /^(min|max)$/) {
            if (after != "{" && token[i + 1] != "by") return ""
            if (found == "") found = name
        } else if (is_sensitive(name)) {
            if (found == "") found = name
        } else if (found == "" && !keeps_disorder(name)) {
            return ""
        }
        if (after == "(") i = mate[i] + 1
        if (token[i] == "{" && (after == "(" || name ~ /^[a-z]*([mM]ap|filter|forEach)$/ \
            || name ~ /^(reduce|first|min|max|prefix|drop)$/)) i = mate[i] + 1
    }
}

function is_sensitive(name) {
    return name ~ /^(map|compactMap|flatMap|filter|forEach|reduce|first|keys|values|lazy)$/ \
        || name ~ /^(enumerated|popFirst|removeFirst|dropFirst|prefix|joined|makeIterator)$/ \
        || name ~ /^(randomElement|shuffled|firstIndex|startIndex|indices)$/
}

function keeps_disorder(name) {
    return name ~ /^(union|subtracting|intersection|symmetricDifference|merging|mapValues)$/ \
        || name == "compactMapValues"
}

function check_use(i, what,   state, verb) {
    if (waived[line_of[i]]) return
    verb = what == "for" ? "iterates over " : what " depends on the order of "
    state = resolve(i, 0)
    if (state == 1) {
        report(line_of[i], verb token[i] ", which has none: sort, or waive with // order-free: reason")
    } else if (state != 0) {
        deferred[++deferred_count] = state
        deferred_file[deferred_count] = FILENAME_NOW
        deferred_line[deferred_count] = line_of[i]
        deferred_text[deferred_count] = verb token[i]
    }
}

# 1 unordered, 0 not, or the member that has to be looked up when all files were read.
function resolve(i, steps,   name, entry, best, state) {
    name = token[i]
    if (token[i - 1] == ".") {
        if (token[i - 2] !~ /^(self|Self)$/) return file_member[name] + 0
        return "member" SUBSEP room SUBSEP type_at[i] SUBSEP name
    }
    for (entry = 1; entry <= local_count[name]; entry++) {
        if (local_from[name, entry] < i && i <= local_to[name, entry]) best = entry
    }
    if (!best) return "member" SUBSEP room SUBSEP type_at[i] SUBSEP name
    state = local_state[name, best]
    if (state !~ /^= /) return state
    return steps > 8 ? 0 : resolve(substr(state, 3) + 0, steps + 1)
}

function finish_order(   d, parts, type) {
    for (d = 1; d <= deferred_count; d++) {
        split(deferred[d], parts, SUBSEP)
        type = parts[3]
        while (type != "" && !((parts[2], type, parts[4]) in member_state)) {
            if (!sub(/\.[^.]*$/, "", type)) type = ""
        }
        if (member_state[parts[2], type, parts[4]] == 1) {
            report_in(deferred_file[d], deferred_line[d], deferred_text[d] \
                ", which has none: sort, or waive with // order-free: reason")
        }
    }
}
