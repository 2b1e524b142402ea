# Runs the rules of the other files over each Swift file.

BEGIN {
    LINE_COLUMNS_MAX = 100
    FILE_LINES_MAX = 500
    FUNCTION_LINES_MAX = 60
    PARAMETERS_MAX = 5
    NESTING_MAX = 3
    read_rooms()
}

FNR == 1 {
    finish_file()
    start_file()
}

{
    check_columns($0)
    read_line($0)
    lines = FNR
}

END {
    finish_file()
    finish_order()
}

function start_file() {
    FILENAME_NOW = FILENAME
    start_reading()
    start_order()
    enter_room()
}

function finish_file() {
    if (FILENAME_NOW == "") return
    if (lines > FILE_LINES_MAX) {
        report(FILE_LINES_MAX + 1, "the file has " lines " lines, at most " FILE_LINES_MAX)
    }
    if (!finish_reading()) {
        report(broken_line, "brackets do not match here: Scripts/lint cannot read on")
        return
    }
    walk()
    check_calls()
    check_order()
}

# Bytes that go on with a UTF-8 character do not count.
function check_columns(text) {
    if (length(text) <= LINE_COLUMNS_MAX) return
    gsub(/[\200-\277]/, "", text)
    if (length(text) > LINE_COLUMNS_MAX) {
        report(FNR, "the line has " length(text) " columns, at most " LINE_COLUMNS_MAX)
    }
}

function report(line, message) { report_in(FILENAME_NOW, line, message) }

function report_in(file, line, message) { print file ":" line ": " message }
