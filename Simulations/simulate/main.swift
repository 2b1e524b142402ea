import SimulateCommand

SimulateCommand.main()
