use super::*;

#[cfg(unix)]
mod of_programs {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    fn parallel<T>(low_priority: bool, work: impl FnOnce() -> Result<T>) -> Result<T> {
        Parallel::run(low_priority, Arc::default(), work)
    }

    fn collected() -> String {
        Parallel::current().unwrap().take().unwrap()
    }

    #[test]
    fn a_failed_download_is_retried_only_once() {
        let dir = tempfile::tempdir().unwrap();
        let runs = || std::fs::read_to_string(dir.path().join("runs")).unwrap_or_default().lines().count();
        let script = |last: &str| {
            let mut command = shell(&format!("echo >>runs; {last}"));
            command.current_dir(dir.path());
            command
        };
        assert!(matches!(fetch(&mut script("false")), Err(Error::Failed { .. })));
        assert_eq!(runs(), 2);
        fetch(&mut script("test -e second || { touch second; false; }")).unwrap();
        assert_eq!(runs(), 4);
        fetch(&mut script("true")).unwrap();
        assert_eq!(runs(), 5);
        assert!(matches!(fetch(&mut Command::new("there is no such program")), Err(Error::NotRun { .. })));
    }

    #[test]
    fn a_parallel_step_collects_its_own_and_its_programs_output() {
        let text = parallel(false, || {
            say("first");
            run(&mut shell("echo second; echo third >&2"))?;
            assert_eq!(output(&mut shell("echo given; echo fourth >&2"))?, "given\n");
            Ok(collected())
        });
        assert_eq!(text.unwrap(), "first\nsecond\nthird\nfourth\n");
    }

    #[test]
    fn a_low_priority_program_keeps_its_arguments_environment_and_folder() {
        let dir = tempfile::tempdir().unwrap();
        let text = parallel(true, || {
            let mut command = shell("echo \"$MARK-$HOME-$(nice)\"; pwd");
            run(command.env("MARK", "set").env_remove("HOME").current_dir(dir.path()))?;
            Ok(collected())
        });
        let here = dir.path().canonicalize().unwrap();
        assert_eq!(text.unwrap(), format!("set--10\n{}\n", here.display()));
    }

    #[test]
    fn a_program_ends_when_another_step_has_failed() {
        let stop = Arc::new(AtomicBool::new(true));
        let stopped = Parallel::run(false, stop, || run(&mut shell("exec sleep 600")));
        assert!(matches!(stopped, Err(Error::Stopped)));
    }
}
