using System.Text.Json;

namespace Crid.Daemon.Tests;

public sealed class ConfigurationJsonTests
{
    [Fact]
    public void Write_Options_IsEveryTableWithItsValues()
    {
        CridOptions options = CridOptions.Default with { Directories = new DirectoriesSection { Root = "/a", Run = "/b \" \\ \n é" } };

        JsonElement json = JsonDocument.Parse(ConfigurationJson.Write(options)).RootElement;

        Assert.Equal(options.Directories.Run, json.GetProperty("stateDir").GetString());
        Assert.Equal(options.Directories.Run, json.GetProperty("directories").GetProperty("run").GetString());
        Assert.Equal("/a", json.GetProperty("directories").GetProperty("root").GetString());
        Assert.Equal("runc", json.GetProperty("runtimes.handlers.runc").GetProperty("path").GetString());
        Assert.Equal(options.Cni.PluginDirectories, json.GetProperty("cni").GetProperty("plugin_directories").EnumerateArray().Select(item => item.GetString()));
        Assert.Equal(4, json.GetProperty("images").GetProperty("concurrent_layers").GetInt32());
    }
}
