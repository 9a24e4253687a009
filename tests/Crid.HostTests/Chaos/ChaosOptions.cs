using System.Globalization;

namespace Crid.HostTests;

/// <summary>How long and how hard a chaos run is; the defaults are those of an ordinary test run.</summary>
/// <param name="Seed">Repeats the run's random choices: CRID_CHAOS_SEED.</param>
/// <param name="Kills">After how many kills it ends: CRID_CHAOS_KILLS.</param>
/// <param name="Pods">How many pods live at the same time: CRID_CHAOS_PODS.</param>
internal sealed record ChaosOptions(int Seed, int Kills, int Pods)
{
    private const int DefaultKills = 60;
    private const int DefaultPods = 8;

    /// <summary>After which the run has failed: several times what it takes on a busy machine.</summary>
    public TimeSpan TimeLimit => TimeSpan.FromMinutes(5) + (Kills * TimeSpan.FromSeconds(4));

    public static ChaosOptions FromEnvironment() => new(
        Read("CRID_CHAOS_SEED", Random.Shared.Next(1_000_000)), Read("CRID_CHAOS_KILLS", DefaultKills), Read("CRID_CHAOS_PODS", DefaultPods));

    private static int Read(string name, int other) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : other;
}
