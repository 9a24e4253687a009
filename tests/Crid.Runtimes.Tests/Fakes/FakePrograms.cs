using System.Text;
using Crid.Linux;

namespace Crid.Runtimes.Tests;

/// <summary>Keeps what would have been run and answers as a test says.</summary>
internal sealed class FakePrograms : IProgramRunner
{
    public List<ProgramRequest> Requests { get; } = [];

    public Func<ProgramRequest, ProgramResult> OnRun { get; set; } = static _ => new ProgramResult(0, [], []);

    /// <summary>No program ends before this does.</summary>
    public Task Held { get; set; } = Task.CompletedTask;

    public async Task<ProgramResult> RunAsync(ProgramRequest request, CancellationToken cancellationToken)
    {
        lock (Requests)
        {
            Requests.Add(request);
        }

        await Held;
        return OnRun(request);
    }

    public static ProgramResult Failure(string message) =>
        new(1, [], Encoding.UTF8.GetBytes($$"""{"level":"error","msg":"{{message}}"}"""));
}
