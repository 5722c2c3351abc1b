pub(crate) fn run(_: &std::path::Path) -> anyhow::Result<String> {
    Ok("x".into())
}
