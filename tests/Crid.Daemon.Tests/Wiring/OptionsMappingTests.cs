using Crid.Images;
using Crid.Networking;
using Crid.Pods;
using Crid.Runtimes;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crid.Daemon.Tests;

public sealed class OptionsMappingTests
{
    [Fact]
    public void ToImagesOptions_Defaults_AreThoseOfTheProject()
    {
        ImagesOptions expected = new();

        ImagesOptions options = CridOptions.Default.ToImagesOptions();

        Assert.Empty(options.Registry.PlainHttpRegistries);
        Assert.Equal(expected, options with { Registry = options.Registry with { PlainHttpRegistries = expected.Registry.PlainHttpRegistries } });
    }

    [Fact]
    public void ToNetworkOptions_Defaults_AreThoseOfTheProject()
    {
        NetworkOptions expected = new();

        NetworkOptions options = new CridOptions().ToNetworkOptions();

        Assert.Equal(expected.PluginDirectories, options.PluginDirectories);
        Assert.Empty(options.Handlers);
        Assert.Equal(expected, options with { PluginDirectories = expected.PluginDirectories, Handlers = expected.Handlers });
    }

    [Fact]
    public void ToNetworkOptions_HandlerWithDirectory_HasNetworksOfItsOwn()
    {
        CridOptions options = new()
        {
            Runtimes = new RuntimesSection
            {
                Handlers = new Dictionary<string, HandlerSection>
                {
                    ["kata"] = new HandlerSection { NetworkDirectory = "/etc/cni/kata", Networks = 2 },
                    ["runc"] = new HandlerSection(),
                },
            },
        };

        Assert.Equal(KeyValuePair.Create("kata", new HandlerNetworks("/etc/cni/kata", 2)), Assert.Single(options.ToNetworkOptions().Handlers));
    }

    [Fact]
    public void ToPodsOptions_Defaults_AreThoseOfTheProject() =>
        Assert.Equal(PodsOptions.ForThisMachine(), new PodsSection().ToPodsOptions());

    [Fact]
    public void ToRuntimesOptions_HandlerWhoseProgramIsMissing_IsLeftOut()
    {
        RuntimesSection section = new()
        {
            Handlers = new Dictionary<string, HandlerSection>
            {
                ["sh"] = new(),
                ["gone"] = new() { Path = "/no/such/runtime" },
                ["named"] = new() { Path = "/bin/sh", Root = "/state", Options = ["--debug"] },
            },
        };

        RuntimesOptions options = new CridOptions { Runtimes = section }.ToRuntimesOptions(NullLogger.Instance);

        Assert.Equal(["named", "sh"], options.Handlers.Select(handler => handler.Name));
        Assert.Equal(("/bin/sh", "/state"), (options.Handlers[0].Path, options.Handlers[0].Root));
        Assert.Equal(["--debug"], options.Handlers[0].Options);
        Assert.EndsWith("/sh", options.Handlers[1].Path, StringComparison.Ordinal);
        Assert.Null(options.Handlers[1].Root);
        Assert.Equal("", options.DefaultHandler);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("device_ownership_from_security_context = true", true)]
    public void ToRuntimesOptions_OwnershipOfDevices_IsOffUntilItIsTurnedOn(string line, bool expected)
    {
        ConfigurationLoader loader = new();
        loader.AddText($"[runtimes]\n{line}\n", "a.toml");

        Assert.Equal(expected, loader.Finish().Options.ToRuntimesOptions(NullLogger.Instance).DeviceOwnershipFromSecurityContext);
    }

    [Fact]
    public void ToRuntimesOptions_OperationTimeout_IsWhatTheirCallsMayTake()
    {
        CridOptions options = new() { Pods = new PodsSection { OperationTimeout = TimeSpan.FromMinutes(17) } };

        Assert.Equal(TimeSpan.FromMinutes(17), options.ToRuntimesOptions(NullLogger.Instance).CallTimeout);
        Assert.Equal(new RuntimesOptions().CallTimeout, CridOptions.Default.ToRuntimesOptions(NullLogger.Instance).CallTimeout);
    }

    [Fact]
    public void ToRuntimesOptions_RulesOfAHandler_AreInItsOptions()
    {
        ConfigurationLoader loader = new();
        loader.AddText(
            """
            [runtimes.handlers.vm]
            path = "/bin/sh"
            privileged_without_host_devices = true
            privileged_without_host_devices_all_devices_allowed = true
            allowed_annotations = ["io.example/*"]
            default_annotations = ["a=1", "b=x=y", "a=2"]
            """,
            "a.toml");

        HandlerRules rules = loader.Finish().Options.ToRuntimesOptions(NullLogger.Instance).Handlers.Single(static handler => handler.Name == "vm").Rules;

        Assert.True(rules is { PrivilegedWithoutHostDevices: true, AllDevicesAllowed: true });
        Assert.Equal(["io.example/*"], rules.AllowedAnnotations);
        Assert.Equal(new Dictionary<string, string> { ["a"] = "2", ["b"] = "x=y" }, rules.DefaultAnnotations);
    }

    [Fact]
    public void AddText_DefaultAnnotationWithoutAKey_IsAnError()
    {
        ConfigurationLoader loader = new();
        loader.AddText("[runtimes.handlers.vm]\ndefault_annotations = [\"=1\"]\n", "a.toml");

        Assert.Contains("KEY=VALUE", Assert.Throws<ConfigurationException>(() => loader.Finish()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "runc")]
    [InlineData("other", "other")]
    public void ToRuntimesOptions_RuncIsThere_IsTheDefaultUnlessAnotherIsNamed(string named, string expected)
    {
        RuntimesSection section = new()
        {
            Default = named,
            Handlers = new Dictionary<string, HandlerSection> { ["other"] = new() { Path = "sh" }, ["runc"] = new() { Path = "sh" } },
        };

        Assert.Equal(expected, new CridOptions { Runtimes = section }.ToRuntimesOptions(NullLogger.Instance).DefaultHandler);
    }
}
