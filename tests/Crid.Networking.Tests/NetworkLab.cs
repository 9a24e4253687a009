using System.Text.Json.Nodes;
using Crid.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crid.Networking.Tests;

/// <summary>Directories with a configuration and plugin programs that are played by a fake.</summary>
internal sealed class NetworkLab : IDisposable
{
    public const string Chain = """
        {"cniVersion":"1.0.0","name":"pods","plugins":[
          {"type":"bridge","bridge":"br0","unknown":{"kept":[1,2]}},
          {"type":"portmap","capabilities":{"portMappings":true,"dns":false}}]}
        """;

    private readonly string _directory = Directory.CreateTempSubdirectory("crid-cni-").FullName;

    private readonly TimeProvider _time;

    public NetworkLab(string? configuration = Chain, TimeProvider? time = null)
    {
        _time = time ?? TimeProvider.System;
        Directory.CreateDirectory(Configuration);
        Directory.CreateDirectory(Plugins);
        foreach (string plugin in new[] { "bridge", "portmap", "bandwidth" })
        {
            Install(plugin);
        }

        if (configuration is not null)
        {
            Configure("10-pods.conflist", configuration);
        }

        Network = CreateNetwork();
    }

    public string Configuration => $"{_directory}/net.d";

    public string Plugins => $"{_directory}/bin";

    public string Results => $"{_directory}/results";

    public FakePlugins Fake { get; } = new();

    public PodNetwork Network { get; }

    public string[] CacheFiles => Directory.Exists(Results) ? Directory.GetFiles(Results) : [];

    public PodNetwork CreateNetwork(Func<NetworkOptions, NetworkOptions>? change = null)
    {
        NetworkOptions options = new()
        {
            ConfigurationDirectory = Configuration,
            PluginDirectories = [$"{_directory}/none", Plugins],
            ResultsDirectory = Results,
            PollInterval = TimeSpan.FromMilliseconds(20),
        };
        return new PodNetwork(change?.Invoke(options) ?? options, Fake, NullLogger<PodNetwork>.Instance, _time);
    }

    public void Install(string plugin) => File.WriteAllText($"{Plugins}/{plugin}", "");

    public void Configure(string file, string content) => File.WriteAllText($"{Configuration}/{file}", content);

    public static AttachmentRequest Request(SandboxId? id = null) => new()
    {
        SandboxId = id ?? SandboxId.New(),
        NetnsPath = "/proc/self/ns/net", // a namespace file that any user may look at
        PodName = "web-0",
        PodNamespace = "default",
        PodUid = "uid-1",
        HostPorts = [new HostPort("TCP", 80, 8080, "")],
        DnsServers = ["10.96.0.10"],
    };

    public string[] Ran() => [.. Fake.Calls.Select(call => call.ToString())];

    public JsonObject Input(string call) => Fake.Calls.Last(candidate => candidate.ToString() == call).Input;

    public void Dispose()
    {
        Network.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}
