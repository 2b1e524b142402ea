import Wire

extension Message {
    var isReplicate: Bool {
        if case .replicate = self { return true }
        return false
    }

    var isRepair: Bool {
        if case .repair = self { return true }
        return false
    }

    var isForward: Bool {
        if case .forward = self { return true }
        return false
    }
}
