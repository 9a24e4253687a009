using System.Collections.Concurrent;
using Crid.Api;
using Google.Protobuf;

namespace Crid.Cli.Tests;

/// <summary>What the fake server has and what it was asked.</summary>
internal sealed class FakeState
{
    public static readonly Image Image = new() { Id = "sha256:" + new string('1', 64), Size = 5, Uid = new Int64Value { Value = 7 } };

    private readonly ConcurrentQueue<(string Name, IMessage Request)> _calls = new();

    /// <summary>Names and ids that ImageStatus knows.</summary>
    public HashSet<string> Images { get; } = [];

    public List<PodSandbox> Sandboxes { get; } = [];

    public List<Container> Containers { get; } = [];

    /// <summary>Where <see cref="FakeStreams"/> are served.</summary>
    public string StreamsAddress { get; set; } = "";

    public int ExitCode { get; set; }

    /// <summary>StartContainer fails with this.</summary>
    public string? StartError { get; set; }

    /// <summary>PullImage fails with this.</summary>
    public string? PullError { get; set; }

    public IEnumerable<string> Calls => _calls.Select(call => call.Name);

    public void Note(string name, IMessage request) => _calls.Enqueue((name, request));

    public IReadOnlyList<T> Requests<T>()
        where T : IMessage => [.. _calls.Select(call => call.Request).OfType<T>()];
}
