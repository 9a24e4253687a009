using Microsoft.Extensions.Logging;

namespace Crid.Daemon.Tests;

public sealed class ConfigurationLoaderTests
{
    [Fact]
    public void Finish_NothingAdded_IsDefault()
    {
        LoadedConfiguration configuration = new ConfigurationLoader().Finish();

        Assert.Same(CridOptions.Default, configuration.Options);
        Assert.Empty(configuration.Origins);
    }

    [Fact]
    public void AddText_ValuesOfEveryType_AreTaken()
    {
        CridOptions options = Load("""
            [directories]
            root = "/data/crid"

            [log]
            level = "debug"
            format = "json"

            [grpc]
            max_message_size = "32MiB"
            shutdown_timeout = "1m30s"

            [images]
            concurrent_layers = 3

            [registry]
            plain_http = ["registry.example:5000"]

            [runtimes.handlers."my.runtime"]
            options = ["--debug"]

            [cni]
            plugin_directories = ["/a", "/b"]
            """).Options;

        Assert.Equal("/data/crid", options.Directories.Root);
        Assert.Equal("/run/crid", options.Directories.Run);
        Assert.Equal(new LogSection { Level = LogLevel.Debug, Format = LogFormat.Json }, options.Log);
        Assert.Equal(new GrpcSection { MaxMessageBytes = 32 << 20, ShutdownTimeout = TimeSpan.FromSeconds(90) }, options.Grpc);
        Assert.Equal(3, options.Images.ConcurrentLayers);
        Assert.Equal(["registry.example:5000"], options.Registry.PlainHttp);
        Assert.Equal(["--debug"], options.Runtimes.Handlers["my.runtime"].Options);
        Assert.Equal(["/a", "/b"], options.Cni.PluginDirectories);
    }

    [Fact]
    public void AddText_DottedKeysAndInlineTables_AreTables()
    {
        CridOptions options = Load("""
            log.level = "error"
            runtimes = { default = "kata", handlers = { kata = { path = "/opt/kata/bin/kata-runtime" } } }
            """).Options;

        Assert.Equal(LogLevel.Error, options.Log.Level);
        Assert.Equal("kata", options.Runtimes.Default);
        Assert.Equal("/opt/kata/bin/kata-runtime", options.Runtimes.Handlers["kata"].Path);
        Assert.Equal("runc", options.Runtimes.Handlers["runc"].Path);
    }

    [Fact]
    public void AddText_SeveralFiles_LaterWinsKeyByKey()
    {
        ConfigurationLoader loader = new();
        loader.AddText("[log]\nlevel = \"debug\"\nformat = \"json\"", "first.toml");
        loader.AddText("\n[log]\nlevel = \"error\"", "second.toml");

        LoadedConfiguration configuration = loader.Finish();

        Assert.Equal(new LogSection { Level = LogLevel.Error, Format = LogFormat.Json }, configuration.Options.Log);
        Assert.Equal("second.toml:3", configuration.Origins["log.level"].ToString());
        Assert.Equal("first.toml:3", configuration.Origins["log.format"].ToString());
    }

    [Fact]
    public void Load_FileWithDropIns_ReadsThemInOrderOfTheirNames()
    {
        using TemporaryDirectory directory = new();
        string file = directory.Write("config.toml", "[log]\nlevel = \"debug\"");
        directory.Write("config.toml.d/20-b.toml", "[log]\nlevel = \"error\"");
        directory.Write("config.toml.d/10-a.toml", "[log]\nlevel = \"warning\"\nformat = \"json\"");
        directory.Write("config.toml.d/30-not.txt", "nonsense");

        LoadedConfiguration configuration = ConfigurationLoader.Load(file);

        Assert.Equal(["config.toml", "10-a.toml", "20-b.toml"], configuration.Files.Select(Path.GetFileName));
        Assert.Equal(new LogSection { Level = LogLevel.Error, Format = LogFormat.Json }, configuration.Options.Log);
    }

    [Fact]
    public void Load_NamedFileMissing_IsAnError()
    {
        ConfigurationException exception = Assert.Throws<ConfigurationException>(() => ConfigurationLoader.Load("/does/not/exist.toml"));

        Assert.Contains("/does/not/exist.toml", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[log]\nlevle = \"info\"", "f:2: log.levle: unknown key; did you mean log.level?")]
    [InlineData("[logg]\nlevel = \"info\"", "f:1: logg: unknown key; did you mean log?")]
    [InlineData("log.lvel = \"info\"", "f:1: log.lvel: unknown key; did you mean log.level?")]
    [InlineData("quite_something_else = 1", "f:1: quite_something_else: unknown key")]
    [InlineData("[runtimes.handlers.kata]\npaht = \"/x\"", "f:2: runtimes.handlers.kata.paht: unknown key; did you mean runtimes.handlers.kata.path?")]
    [InlineData("[runtimes.handler.\"a.b\"]", "f:1: runtimes.handler.\"a.b\": unknown key; did you mean runtimes.handlers.\"a.b\"?")]
    [InlineData("[[log]]\nlevel = \"info\"", "f:1: [[log]]: arrays of tables are not used here")]
    [InlineData("[log]\nlevel = 3", "f:2: log.level: expected one of \"trace\", \"debug\", \"info\", \"warning\", \"error\", found 3")]
    [InlineData("[grpc]\nshutdown_timeout = 5", "f:2: grpc.shutdown_timeout: expected a duration such as \"500ms\", \"30s\" or \"1h30m\", found 5")]
    [InlineData("[directories]\nroot = \"var\"", "f:2: directories.root: expected an absolute path, found \"var\"")]
    [InlineData("[images]\nconcurrent_layers = 0", "f:2: images.concurrent_layers: expected a number from 1 to 64, found 0")]
    [InlineData("[grpc]\nmax_message_size = \"1MiB\"", "f:2: grpc.max_message_size: must be from 16MiB, the size of the messages that kubelet accepts, to 2047MiB")]
    [InlineData("[runtimes]\ndefault = \"rnuc\"", "f:2: runtimes.default: there is no handler \"rnuc\"; did you mean \"runc\"?")]
    [InlineData("log = 1", "f:1: log: expected a table")]
    [InlineData(
        "[directories]\nrun = \"/run/with/a/long/name/x\"",
        "f:2: directories.run: must not be longer than 22 bytes, or terminals could not be had: paths of sockets are limited")]
    public void Finish_SomethingWrong_NamesFileLineKeyAndRemedy(string text, string expected)
    {
        ConfigurationException exception = Assert.Throws<ConfigurationException>(() => Load(text));

        Assert.Equal(expected, exception.Message);
    }

    [Fact]
    public void Finish_SeveralMistakes_ReportsAll()
    {
        ConfigurationException exception = Assert.Throws<ConfigurationException>(() => Load("[log]\nlevel = 1\nformat = 2\nx = 3"));

        Assert.Equal([2, 3, 4], exception.Errors.Select(error => error.Origin!.Line));
    }

    [Theory]
    [InlineData("[log\nlevel = 1", 1)]
    [InlineData("[log]\n\nlevel = \"info", 3)]
    [InlineData("[log]\nlevel = \"info\"\nlevel = \"debug\"", 3)]
    public void Finish_NotToml_NamesTheLine(string text, int line)
    {
        ConfigurationException exception = Assert.Throws<ConfigurationException>(() => Load(text));

        Assert.Equal(line, exception.Errors[0].Origin!.Line);
    }

    [Theory]
    [InlineData("a = \"\\x")]
    [InlineData("a = \"\\u12")]
    [InlineData("a = '''")]
    [InlineData("= \"\\")]
    public void Finish_TextThatEndsWithinAToken_IsAnErrorOfTheFile(string text)
    {
        ConfigurationException exception = Assert.Throws<ConfigurationException>(() => Load(text));

        Assert.StartsWith("f:1: ", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Finish_LongestRunDirectory_IsAccepted() =>
        Assert.Equal("/run/with/a/long/name/", Load("[directories]\nrun = \"/run/with/a/long/name/\"").Options.Directories.Run);

    private static LoadedConfiguration Load(string text)
    {
        ConfigurationLoader loader = new();
        loader.AddText(text, "f");
        return loader.Finish();
    }
}
