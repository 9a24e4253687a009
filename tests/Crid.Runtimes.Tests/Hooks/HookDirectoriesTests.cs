using Crid.Core;

namespace Crid.Runtimes.Tests;

public sealed class HookDirectoriesTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("hooks-").FullName;
    private readonly HookDirectories _directories;

    public HookDirectoriesTests()
    {
        _directories = new HookDirectories([$"{_root}/usr", $"{_root}/missing", $"{_root}/etc"]);
        Directory.CreateDirectory($"{_root}/usr");
        Directory.CreateDirectory($"{_root}/etc");
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Read_NoFiles_AreNoHooks() => Assert.Empty(_directories.Read());

    [Fact]
    public void Read_Files_AreInTheOrderOfTheirNamesAndALaterDirectoryWins()
    {
        Write("usr/20.json", "/usr/20");
        Write("usr/10.json", "/usr/10");
        Write("etc/15.json", "/etc/15");
        Write("etc/20.json", "/etc/20");
        Write("usr/readme.txt", "/never");

        Assert.Equal(["/usr/10", "/etc/15", "/etc/20"], _directories.Read().Select(static rule => rule.Hook.Path));
    }

    [Fact]
    public void Read_FileThatChanges_IsReadAgain()
    {
        Write("usr/a.json", "/one");
        string before = _directories.Read().Single().Hook.Path;
        Write("usr/b.json", "/two");

        Assert.Equal("/one", before);
        Assert.Equal(["/one", "/two"], _directories.Read().Select(static rule => rule.Hook.Path));
    }

    [Theory]
    [InlineData("{", "a.json: ")]
    [InlineData("""{ "version": "0.1.0", "hook": { "path": "/x" }, "when": {}, "stages": [ "prestart" ] }""", "version '0.1.0' is not 1.0.0")]
    [InlineData("""{ "hook": "/x", "stages": [ "prestart" ], "cmds": [ "sh" ] }""", "a.json: ")]
    [InlineData("""{ "version": "1.0.0", "hook": { "path": "x" }, "when": {}, "stages": [ "prestart" ] }""", "'x', is not absolute")]
    [InlineData("""{ "version": "1.0.0", "hook": { "path": "/x", "timeout": 0 }, "when": {}, "stages": [ "prestart" ] }""", "timeout")]
    [InlineData("""{ "version": "1.0.0", "hook": { "path": "/x" }, "when": {}, "stages": [] }""", "no stages")]
    [InlineData("""{ "version": "1.0.0", "hook": { "path": "/x" }, "when": {}, "stages": [ "start" ] }""", "no stage 'start'")]
    [InlineData("""{ "version": "1.0.0", "hook": { "path": "/x" }, "stages": [ "prestart" ] }""", "when")]
    [InlineData("""{ "version": "1.0.0", "hook": { "path": "/x" }, "when": { "annotation": {} }, "stages": [ "prestart" ] }""", "annotation")]
    [InlineData("""{ "version": "1.0.0", "hook": { "path": "/x" }, "when": { "commands": [ "(" ] }, "stages": [ "prestart" ] }""", "'(' is not a regular expression")]
    [InlineData("""{ "version": "1.0.0", "hook": { "path": "/x" }, "when": { "commands": [ "(?=a)" ] }, "stages": [ "prestart" ] }""", "'(?=a)' is not a regular expression")]
    public void Read_FileWithAMistake_IsAnErrorThatNamesIt(string content, string expected)
    {
        File.WriteAllText($"{_root}/usr/a.json", content);

        CridException exception = Assert.Throws<CridException>(() => _directories.Read());

        Assert.Equal(ErrorKind.FailedPrecondition, exception.Kind);
        Assert.Contains($"{_root}/usr/a.json: ", exception.Message, StringComparison.Ordinal);
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_WrongFileThatALaterDirectoryReplaces_DoesNotMatter()
    {
        File.WriteAllText($"{_root}/usr/a.json", "{");
        Write("etc/a.json", "/good");

        Assert.Equal("/good", _directories.Read().Single().Hook.Path);
    }

    private void Write(string file, string program) => File.WriteAllText(
        $"{_root}/{file}",
        $$"""{ "version": "1.0.0", "hook": { "path": "{{program}}" }, "when": { "always": true }, "stages": [ "prestart" ] }""");
}
