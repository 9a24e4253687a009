using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using Crid.Linux;

namespace Crid.Networking.Tests;

/// <summary>Plays plugin programs: records every call and answers as told.</summary>
internal sealed class FakePlugins : IProgramRunner
{
    public sealed record Call(string Plugin, string Command, IReadOnlyDictionary<string, string> Environment, JsonObject Input)
    {
        public override string ToString() => $"{Command} {Plugin}";
    }

    private readonly ConcurrentQueue<Call> _calls = new();

    /// <summary>All calls but VERSION.</summary>
    public IReadOnlyList<Call> Calls => [.. _calls.Where(call => call.Command != "VERSION")];

    public int VersionCalls => _calls.Count(call => call.Command == "VERSION");

    /// <summary>Answers of plugins to calls; null falls through to the default answer.</summary>
    public Func<Call, ProgramResult?> Answer { get; set; } = _ => null;

    public string[] SupportedVersions { get; set; } = ["0.3.1", "0.4.0", "1.0.0", "1.1.0"];

    public Task<ProgramResult> RunAsync(ProgramRequest request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        IReadOnlyDictionary<string, string> environment = request.Environment!;
        JsonObject input = (JsonObject)JsonNode.Parse(request.Input.Span)!;
        Call call = new(Path.GetFileName(request.Path), environment["CNI_COMMAND"], environment, input);
        _calls.Enqueue(call);
        return Task.FromResult(Answer(call) ?? DefaultAnswer(call));
    }

    public static ProgramResult Success(string json) => new(0, Encoding.UTF8.GetBytes(json), []);

    public static ProgramResult Failure(int code, string message) =>
        new(1, Encoding.UTF8.GetBytes($$"""{"cniVersion":"1.0.0","code":{{code}},"msg":"{{message}}","details":"more"}"""), []);

    private ProgramResult DefaultAnswer(Call call) => call.Command switch
    {
        "VERSION" => Success(new JsonObject { ["cniVersion"] = "1.0.0", ["supportedVersions"] = new JsonArray([.. SupportedVersions.Select(version => (JsonNode)version)]) }.ToJsonString()),
        "ADD" => Success($$"""
            {"cniVersion":"1.0.0","by":"{{call.Plugin}}","interfaces":[{"name":"veth1"},{"name":"eth0","sandbox":"/ns"}],
             "ips":[{"interface":1,"address":"10.0.0.5/24","gateway":"10.0.0.1"}]}
            """),
        _ => Success(""),
    };
}
