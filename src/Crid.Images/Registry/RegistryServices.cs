namespace Crid.Images;

/// <summary>What the clients of all pulls share.</summary>
internal sealed record RegistryServices(RegistryTransport Transport, TokenCache Tokens, RangeLimits Ranges, RegistryOptions Options, TimeProvider Time);
